"""Spellings of addresses that must not be reached, and the doors that take an address.

For SSRF: whoever names an original by its address would have the server ask inside its own network. Every
spelling stands for the port `{port}`, so that it can be pointed at a canary that should hear nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

_METADATA = "169.254.169.254"

LOOPBACK_HOSTS = (
    *(
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "127.1.",
        "127.255.255.254",
        "127.0.0.0",
        "127.127.127.127",
    ),
    *("2130706433", "017700000001", "0x7f000001", "0x7F000001", "0X7F000001", "0x7f.1", "0x7f.0.0.1"),
    *("0177.0.0.1", "0177.0.0.01", "00000177.0.0.1", "0177.0x0.0.1", "127.0x0.0.1", "127.00000000000.0.1"),
    *("127.0.0.01", "127.0.0.001", "127.000.000.001", "0x7f.0x0.0x0.0x1", "4294967295", "6425673729"),
    *("0x17f000001", "127.0.0.257", "383.0.0.1", "127.0.0.1.1", "127..0.1", ".127.0.0.1", "127.0.0.1.."),
    *("0", "0.0.0.0", "0.0.0.0.", "0x0", "00", "0.1", "0.0.0.1", "0x", "127.0.0.0x1", "127.0.0.1%00"),
    *("localhost", "LOCALHOST", "LocalHost", "localhost.", "localhost..", "LOCALHOST.", "locaLhost"),
    *(
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::0001]",
        "[0000:0000:0000:0000:0000:0000:0000:0001]",
        "[::]",
        "[0::0]",
    ),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::FFFF:127.0.0.1]"),
    *("[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]"),
    *("[2002:7f00:1::]", "[2002:7f00:0001::1]", "[2001:0:7f00:1::]", "[2001:0:0:0:0:0:80ff:fffe]"),
    *("[::ffff:0:127.0.0.1]", "[::ffff:0:0]", "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[::1%25lo]"),
    *("[2a00:1450::5efe:7f00:1]", "[2a00:1450::200:5efe:7f00:1]", "[::1%1]", "[::1]]", "[[::1]]", "[::1"),
    *("::1", "[127.0.0.1]", "[::ffff:127.0.0.1.]", "[::ffff:0x7f000001]", "[v1.::1]", "[]", "[::ffff:127.1]"),
    # Letters and digits that Unicode calls the same as ASCII's
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "127\u30020\u30020\u30021",
    "127\uff0e0\uff0e0\uff0e1",
    "127\uff610\uff610\uff611",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
    "\U0001d5c5\U0001d5c8\U0001d5bc\U0001d5ba\U0001d5c5\U0001d5c1\U0001d5c8\U0001d5cc\U0001d5cd",
    "local\u00adhost",
    "local\u200bhost",
    "loca\u217chost",
    "\u0661\u0662\u0667.0.0.1",
)
"""Hosts that are, or that some reader takes for, this machine."""

INNER_HOSTS = (
    *(_METADATA, "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.16689662"),
    *("0xa9.0xfe.0xa9.0xfe", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]"),
    *(
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "169.254.170.2",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
    ),
    *("10.0.0.1", "10.255.255.255", "012.0.0.1", "167772161", "0xa.0.0.1", "[::ffff:10.0.0.1]", "[::a00:1]"),
    *("172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.254", "3232235521", "0xc0a80001"),
    *("100.64.0.1", "100.127.255.254", "198.18.0.1", "198.19.255.254", "192.0.2.1", "198.51.100.7"),
    *("203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]", "[ff05::2]", "[100::1]", "[2001:db8::1]"),
    *("[2001:2::1]", "[2001:10::1]", "[2001:20::1]", "[3fff::1]", "[5f00::1]", "[2002:a00:1::]"),
    *("[2002:c0a8:1::1]", "[2001:0:0a00:0001::]", "[64:ff9b:1:ffff::a00:1]", "[::ffff:0:10.0.0.1]"),
)
"""Hosts inside of networks, clouds' metadata, and what is no single host."""

TRICKS = (
    "http://127.0.0.1:{port}@public.example/",
    "http://public.example@127.0.0.1:{port}/",
    "http://public.example:80@127.0.0.1:{port}/",
    "http://public.example%40127.0.0.1:{port}/",
    "http://public.example%2F@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@public.example/",
    "http://127.0.0.1:{port}%23@public.example/",
    "http://127.0.0.1:{port}\\@public.example/",
    "http://public.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}?@public.example/",
    "http://127.0.0.1:{port}/?@public.example/",
    "http://public.example:{port}:80/",
    "http://127.0.0.1 .public.example:{port}/",
    "http://127.0.0.1%20.public.example:{port}/",
    "http://127.0.0.1%09:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1%0d%0aHost:public.example:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://%6c%6f%63alhost:{port}/",
    "http://0x7f%2e1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:////127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/\\127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "hTTps://127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http ://127.0.0.1:{port}/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1: {port}/",
    "http://127.0.0.1:/{port}/",
    "http://[::1]{port}/",
    "http://[::1]:{port}@public.example/",
    "file:///etc/passwd",
    "file://127.0.0.1:{port}/etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/info",
    "ldap://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}!/",
    "url:http://127.0.0.1:{port}/",
    "view-source:http://127.0.0.1:{port}/",
    "data:image/png;base64,AAAA",
    "unix:/run/redis.sock",
    "http+unix://%2Frun%2Fredis.sock/",
)
"""Addresses in which one reader sees another host than the next."""

LOOPBACK = (*(f"http://{host}:{{port}}/a.png" for host in LOOPBACK_HOSTS), *TRICKS)
"""What may be tried over a real network: at worst it reaches this machine."""
INNER = tuple(f"http://{host}:{{port}}/a.png" for host in INNER_HOSTS)
SPELLINGS = LOOPBACK + INNER

FORBIDDEN_IPS = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", _METADATA),
    *("168.63.129.16", "172.16.0.1", "172.31.0.1", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "198.18.0.1", "198.19.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *(
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "100::1",
        "100:0:0:1::1",
    ),
    *("2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:3::1", "2001:10::1", "2001:20::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "5f00::1"),
    *(
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
        "2a00:1450::5efe:a00:1",
        "junk",
        "",
    ),
)
"""What a name must not resolve to."""

PUBLIC_IPS = (
    *("1.1.1.1", "8.8.8.8", "93.184.215.14", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
    *("126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"),
    *("192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
    *("2606:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888", "2400:cb00::1", "2003::1"),
    *("::ffff:8.8.8.8", "64:ff9b::808:808", "2a00:1450::5efe:808:808", "168.63.129.15", "3ffe::1"),
)
"""The neighbours of what is forbidden, and what carries a public address."""


def doors(url: str, *, under: str = "cat.jpg") -> Mapping[str, str]:
    """The delivery paths that name `url`; `under` is an original that there is, for layers."""
    layer = base64.urlsafe_b64encode(url.encode()).decode()
    plain = quote(url, safe=":/@[]?#%&=+!'()*,;~$\\")
    whole = quote(url, safe="")
    return {
        "fetch": f"/fetch/w_20/{whole}",
        "fetch raw": f"/fetch/w_20/{plain}",
        "image/fetch": f"/image/fetch/{whole}",
        "cloud/image/fetch": f"/demo/image/fetch/w_20,f_png/{whole}",
        "layer": f"/l_fetch:{layer}/fl_layer_apply/{under}",
        "layer by variable": f"/$u_!{layer.rstrip('=')}!/l_fetch:$(u)/fl_layer_apply/{under}",
        "underlay": f"/u_fetch:{layer}/w_20/fl_layer_apply/{under}",
        "explained": f"/-/explain/fetch/w_20/{whole}",
    }
