"""System calls by name: their numbers on x86-64 and AArch64, and which of them no render worker needs.

The numbers are of Linux' `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`;
`-` where an architecture has no such call. From 424 on they are the same everywhere.
"""

from __future__ import annotations

NEWEST = 462
"""The highest number known here. Later calls are answered as by a kernel that lacks them."""

_PROGRAMS = """
    execve 59 221   execveat 322 281   fork 57 -   vfork 58 -   unshare 272 97   setns 308 268
"""
_OTHER_PROCESSES = """
    ptrace 101 117   process_vm_readv 310 270   process_vm_writev 311 271   process_madvise 440 440
    kcmp 312 272   pidfd_open 434 434   pidfd_getfd 438 438   pidfd_send_signal 424 424   tkill 200 130
    rt_sigqueueinfo 129 138   rt_tgsigqueueinfo 297 240   setpriority 141 140   ioprio_set 251 30
    setpgid 109 154   setsid 112 157
    shmget 29 194   shmat 30 196   shmctl 31 195   semget 64 190   semop 65 193   semctl 66 191
    semtimedop 220 192   msgget 68 186   msgsnd 69 189   msgrcv 70 188   msgctl 71 187
    mq_open 240 180   mq_unlink 241 181
"""
# Reading and writing our one socket needs recvfrom and sendto. Descriptors travel by recvmsg and sendmsg.
_SOCKETS = """
    socket 41 198   socketpair 53 199   connect 42 203   bind 49 200   listen 50 201   accept 43 202
    accept4 288 242   sendmsg 46 211   sendmmsg 307 269   recvmsg 47 212   recvmmsg 299 243
"""
_FILES = """
    creat 85 -   truncate 76 45   mkdir 83 -   mkdirat 258 34   rmdir 84 -   mknod 133 -   mknodat 259 33
    link 86 -   linkat 265 37   symlink 88 -   symlinkat 266 36   unlink 87 -   unlinkat 263 35
    rename 82 -   renameat 264 38   renameat2 316 276   memfd_create 319 279   memfd_secret 447 447
    chmod 90 -   fchmod 91 52   fchmodat 268 53   fchmodat2 452 452   chown 92 -   fchown 93 55
    lchown 94 -   fchownat 260 54   utime 132 -   utimes 235 -   futimesat 261 -   utimensat 280 88
    setxattr 188 5   lsetxattr 189 6   fsetxattr 190 7   removexattr 197 14   lremovexattr 198 15
    fremovexattr 199 16   name_to_handle_at 303 264   open_by_handle_at 304 265
    fanotify_init 300 262   fanotify_mark 301 263
"""
_PRIVILEGES = """
    setuid 105 146   setgid 106 144   setreuid 113 145   setregid 114 143   setresuid 117 147
    setresgid 119 149   setfsuid 122 151   setfsgid 123 152   setgroups 116 159   capset 126 91
    setrlimit 160 164   personality 135 92
"""
# Large, young or seldom used parts of the kernel, where most of its holes were found; what rules a machine.
_KERNEL = """
    bpf 321 280   keyctl 250 219   add_key 248 217   request_key 249 218   perf_event_open 298 241
    userfaultfd 323 282   io_uring_setup 425 425   io_uring_enter 426 426   io_uring_register 427 427
    io_setup 206 0   io_submit 209 2   modify_ldt 154 -   uselib 134 -   iopl 172 -   ioperm 173 -
    mount 165 40   umount2 166 39   pivot_root 155 41   chroot 161 51   open_tree 428 428
    move_mount 429 429   fsopen 430 430   fsconfig 431 431   fsmount 432 432   fspick 433 433
    mount_setattr 442 442   swapon 167 224   swapoff 168 225   quotactl 179 60   quotactl_fd 443 443
    init_module 175 105   finit_module 313 273   delete_module 176 106   kexec_load 246 104
    kexec_file_load 320 294   reboot 169 142   acct 163 89   syslog 103 116   vhangup 153 58
    settimeofday 164 170   clock_settime 227 112   adjtimex 159 171   clock_adjtime 305 266
    sethostname 170 161   setdomainname 171 162
"""
_BY_ARGUMENTS = """
    open 2 -   openat 257 56   clone 56 220   kill 62 129   tgkill 234 131   prlimit64 302 261   prctl 157 167
"""
_ABSENT = """
    clone3 435 435   openat2 437 437
"""
_INSTALLING = """
    seccomp 317 277
"""

MACHINES = ("x86_64", "aarch64")
"""In the order of the columns."""


def _read(*tables: str) -> dict[str, tuple[int | None, ...]]:
    words = " ".join(tables).split()
    rows = zip(words[::3], words[1::3], words[2::3], strict=True)
    return {name: tuple(None if n == "-" else int(n) for n in numbers) for name, *numbers in rows}


DENIED = _read(_PROGRAMS, _OTHER_PROCESSES, _SOCKETS, _FILES, _PRIVILEGES, _KERNEL)
"""Refused whatever their arguments."""
ABSENT = _read(_ABSENT)
"""Answered as by a kernel that lacks them: their arguments lie in memory, where a filter cannot look, and
the C library then takes the older call."""
NUMBERS = DENIED | ABSENT | _read(_BY_ARGUMENTS, _INSTALLING)
"""All that are named here."""


def number(name: str, machine: str) -> int | None:
    """The number of a system call on one of `MACHINES`; None where it has no such call."""
    return NUMBERS[name][MACHINES.index(machine)]
