"""Malformed URLs by class: each is to be refused before anybody looks for a picture."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ID = "nobody/here.jpg"
"""What the URLs are about where they are about anything; there is no such original."""


@dataclass(frozen=True)
class Case:
    """A request target, as bytes on the wire, and the class of attack it belongs to."""

    kind: str
    target: bytes

    @property
    def sendable(self) -> bool:
        """Whether it is one target to whoever reads HTTP, and not the end of a line."""
        return not any(byte <= 0x20 or byte == 0x7F for byte in self.target)


def quoted(text: str) -> str:
    """As browsers send it: UTF-8, and percent-encoded what is no ASCII."""
    return "".join(
        c if " " < c <= "~" else "".join(f"%{b:02X}" for b in c.encode(errors="surrogatepass")) for c in text
    )


_NUMBERS = """
1e9 1e-9 NaN nan inf -inf Infinity 0x10 0b1 0o7 1.5.5.5x +5 ++5 --5 1_000 5; %205 5%20 1.0e5 0x ½ ² ٣ १२ １２
Ⅻ 𝟙 ① 5\u200b %2B5 %20 5%00 5%0A 5% 5%2 5%zz five None null true $ !5! {5} 5px5 '5' 5\u0660 \u22125 5\u00ad
"""
NUMBERS = (*_NUMBERS.split(), "5\u00a0", " 5", "5 ", "9" * 4 + "x" * 400)
_NUMBER_KEYS = ("w", "h", "x", "q", "z", "dpr", "o", "e_blur:", "e_sepia:", "e_sharpen:", "pg", "dl")
TOO_LARGE = ("99999999999", "1" * 30, "9" * 400, "65536", "1000000", "0", "-5", "0.0")
_RATIOS = ("0:1", "1:0", ":1", "1:", "1:1:1", "-1:2", "1:1e3", "٣:1")


def numbers() -> Iterator[str]:
    for key in _NUMBER_KEYS:
        joint = "" if key.endswith(":") else "_"
        yield from (f"/{key}{joint}{number}/{ID}" for number in NUMBERS)
    # Not z: a zoom past its limit counts as the limit.
    for key in ("w", "h", "dpr", "q"):
        yield from (f"/{key}_{number}/{ID}" for number in TOO_LARGE)
    yield from (f"/ar_{ratio}/{ID}" for ratio in _RATIOS)


_DOTS = ("..", "%2e%2e", ".%2e", "%2E.", "%252e%252e", "%25252e%25252E", ".", "%2e")
_OVERLONG = "%c0%ae %c0%2e %e0%80%ae %f0%80%80%ae %c0%af %c1%9c %e0%40%ae %fc%80%80%80%80%ae"
_SLASHES = ("/", "%2f", "%2F", "%5c", "\\", "%255c", "%252f")


def climbing() -> Iterator[str]:
    for dots in _DOTS:
        for slash in _SLASHES:
            yield f"/{dots}{slash}etc{slash}passwd"
            yield f"/w_10/{dots}{slash}{dots}{slash}nobody.jpg"
            yield f"/image/upload/v1/nobody{slash}{dots}"
            yield f"/fl_attachment/nobody{slash}{dots}{slash}here.jpg"
    for bytes_ in _OVERLONG.split():
        yield f"/{bytes_}{bytes_}/etc/passwd"
        yield f"/w_10/nobody/{bytes_}{bytes_}/here.jpg"
    for name in ("..:..:etc:passwd", "a:..:b", "%2e%2e:x", "%252e%252e:x", ".:x", "x%5c..%5cy", "..%2fx"):
        for layer in ("l_{}", "u_{}", "d_{}", "l_lut:{}:x.3dl", "l_text:{}:x.ttf_20:Hi", "l_private:v1:{}"):
            yield f"/{layer.format(name)},w_10/{ID}"


def controls() -> Iterator[bytes]:
    for byte in (*range(0x20), 0x7F):
        yield f"/nobody%{byte:02x}.jpg".encode()
        yield f"/w_10/no%{byte:02X}body/here.jpg".encode()
        yield f"/l_nobody%{byte:02x},w_10/{ID}".encode()
        yield f"/w_1%{byte:02x}/{ID}".encode()
        if byte:
            yield b"/nobody" + bytes([byte]) + b".jpg"
        if byte not in (0x09, 0x0A, 0x0D):
            yield f"/l_text:Arial_20:a%{byte:02x}b/fl_layer_apply/{ID}".encode()
    for byte in range(0x80, 0xA0):
        yield f"/nobody%c2%{byte:02x}.jpg".encode()
        yield f"/w_10/l_a%C2%{byte:02x}/{ID}".encode()


def encodings() -> Iterator[bytes]:
    for byte in range(0x80, 0x100):
        yield f"/nobody%{byte:02x}.jpg".encode()
        yield b"/nobody" + bytes([byte]) + b".jpg"
    for text in (
        "%ed%a0%80",
        "%ed%bf%bf",
        "%f4%90%80%80",
        "%f8%88%80%80%80",
        "%e2%82",
        "%f0%9f%98",
        "%c3%28",
    ):
        yield f"/{text}.jpg".encode()
        yield f"/w_10/nobody/{text}/here.jpg".encode()
        yield f"/l_{text}/{ID}".encode()
        yield f"/l_text:Arial_20:{text}/{ID}".encode()
        yield f"/t_{text}/{ID}".encode()


_INJECTED = "%0d%0aSet-Cookie:a=b %0aX:y %0d %00 %0D%0A%0D%0A<script> %1b[2J %7f %c2%85"


def injections() -> Iterator[str]:
    for text in _INJECTED.split():
        yield f"/nobody{text}.jpg"
        yield f"/fl_attachment:a{text}/{ID}"
        yield f"/fl_attachment:{text},w_10/{ID}"
        yield f"/fl_streaming_attachment:a{text}b/{ID}"
        yield f"/w_10{text}/{ID}"
        yield f"/v1/a{text}/{ID}"
    yield from (
        f"/fl_attachment:{name}/{ID}" for name in ("a%2Fb", "..%2Fb", "a%5Cb", "a" * 300, "%ff", "%2e%2e%2fx")
    )


def long() -> Iterator[bytes]:
    for count in (4096, 8192, 20_000, 60_000):
        yield b"/" + b"a" * count
        yield b"/nobody.jpg?" + b"a" * count
        yield b"/" + b"%41" * (count // 3 + 1)
        yield b"/" + b"/" * count
        yield b"/" + b"a/" * (count // 2) + b"a"
        yield b"/" + "é".encode() * (count // 2)
        yield b"/w_1" + b",w_1" * (count // 4) + b"/nobody.jpg"
    yield b"/" + b"w_1/" * 10_000 + b"nobody.jpg"
    yield b"/" + b"e_blur/" * 10_000 + b"nobody.jpg"
    yield from (f"/{'w_1/' * n}{ID}".encode() for n in (26, 50, 200, 1000))
    yield from (f"/{'if_w_gt_1/' * n}w_1/{ID}".encode() for n in (30, 200))
    yield from (f"/{'l_a/' * n}{'fl_layer_apply/' * n}{ID}".encode() for n in (6, 12))
    yield f"/a_1,ar_1,dl_1,dn_1,h_1,o_1,q_1,r_1,w_1,x_1,z_1/{ID}".encode()
    yield from (f"/w_10,{'$a_1,' * n}h_5/{ID}".encode() for n in (11, 100))


_CONDITIONS = (
    "if_ if_w if_w_gt if_w_gt_ if_gt_1 if_w_xx_1 if_and if_w_gt_1_and if_!a!_in if_!_in_tags if_((w))"
)
_VARIABLES = "$_1 $x_ $1_2 $x_!a $x_ref:!! $x_ref:!..:a! $x_5_to_q $x-y_1 $é_1 $x_1__2 $x_! $x_a! $x_ctx:!!"


def deep() -> Iterator[str]:
    for count in (50, 300, 700):
        yield f"/w_{'(' * count}1{')' * count}/{ID}"
        yield f"/w_{'1_add' * count}/{ID}"
        yield f"/w_{'iw_add_' * count}x_y/{ID}"
        yield f"/if_{'w_gt_1_and_' * (count // 2)}w/w_1/if_end/{ID}"
        yield f"/t_{'a.' * count}a/{ID}"
        yield f"/a_{'hflip.' * (count // 2)}x/{ID}"
        yield f"/fl_{'lossy.' * (count // 2)}x/{ID}"
        yield f"/g_auto{':auto' * count}:x/{ID}"
        yield f"/e_recolor{':1' * count}/{ID}"
        yield f"/e_distort{':1' * count}:x/{ID}"
        yield f"/r_{'1:' * count}1/{ID}"
        yield f"/e_tint:100{':red:0p' * (count // 2)}:x/{ID}"
        yield f"/b_auto:predominant:4:palette{'_red' * count}_x/{ID}"
    yield from (f"/{text}/w_10/if_end/{ID}" for text in _CONDITIONS.split())
    yield from (f"/{text}/w_10/{ID}" for text in _VARIABLES.split())


_GARBAGE = "!!! %%% a aGVsbG8 ____ %ff%fe ZmlsZTovLy9ldGMvcGFzc3dk ٣٣ gopher =a ..."
_NOT_WEB = (
    "file:///etc/passwd",
    "gopher://x",
    "//x",
    " http://x",
    "javascript:1",
    "data:,x",
    "\0",
    "ftp://x",
)
_STYLES = (
    "Arial_20_boldd _20 Arial_20_stroke_ Arial_20_letter_spacing Arial_20_line_spacing_x Arial_20_antialias_x"
)


def layers() -> Iterator[str]:
    yield from (f"/l_fetch:{text}/{ID}" for text in _GARBAGE.split())
    yield from (f"/l_fetch:{base64.urlsafe_b64encode(text.encode()).decode()}/{ID}" for text in _NOT_WEB)
    yield from (
        f"/l_fetch:{text}/{ID}" for text in (base64.urlsafe_b64encode(b"\xff" * 30).decode(), "A" * 3000)
    )
    yield from (f"/l_text:{style}:Hi/{ID}" for style in ("", *_STYLES.split()))
    yield from (f"/l_{name}:a/{ID}" for name in ("video", "audio", "subtitles"))
    yield from (
        f"/l_{'a' * 600}/{ID}",
        f"/l_a,l_b/{ID}",
        f"/d_{'a' * 600}/{ID}",
        f"/l_a::b/{ID}",
        f"/l_:/{ID}",
    )


_PAIRS = """
w_10,w_20 h_10,h_20 c_fill,c_fit g_face,g_center q_10,q_20 f_png,f_jpg a_10,a_20 r_1,r_2 o_1,o_2 x_1,x_2
y_1,y_2 dpr_1,dpr_2 ar_1,ar_2 z_1,z_2 b_red,b_blue pg_1,pg_2 $x_1,$x_2 bo_1px_solid_red,bo_2px_solid_red
dl_1,dl_2 if_w_gt_1,if_w_gt_2 fl_attachment:a,fl_attachment:b w_10%2Cw_20 w_10%2cw_20 l_a,l_b d_a,d_b
e_blur,e_sepia
"""


def duplicates() -> Iterator[str]:
    for pair in _PAIRS.split():
        yield f"/{pair}/{ID}"
        yield f"/image/upload/{pair},fl_lossy/{ID}"
        yield f"/e_negate/{pair}/v1/{ID}"


def targets() -> Iterator[bytes]:
    for host in ("a.example", "127.0.0.1:8080", "[::1]", "user:pass@a.example"):
        for scheme in ("http", "https", "ftp", "file", "gopher", "HTTP"):
            yield f"{scheme}://{host}/w_10/{ID}".encode()
    yield from (
        b"*",
        b"",
        b"a.example:443",
        b"nobody.jpg",
        b"?",
        b"#",
        b"//",
        b"/",
        b"/?",
        b"/?w_10",
        b"./",
        b"../x",
    )
    yield from (f"/{ID}#{text}".encode() for text in ("", "w_10", "x" * 100, "/../", "%23"))
    yield from (f"/w_10#/{ID}".encode(), f"/{ID}?a#b".encode(), f"#/{ID}".encode())
    yield from (b"/image/upload", b"/image/upload/", b"/image/upload///", b"/demo/image/upload/")
    for own in ("-", "api", "v1_1", "-/nothing", "api/v9", "v1_1/demo/image/upload"):
        yield f"/{own}/x".encode()
        yield f"/w_10/{own}/x".encode()
        yield f"/v1/{own}".encode()


_BROKEN = "s---- s--A-- s--AAAAAAA-- s--AAAAAAAAA-- s--AAAAAAA+-- s--AAAAAAA=-- s--AAAAAAAA- s--AAAAAAA%41--"
_HEADS = (
    "v2~key~0~ V1~key~0~ v1~~0~ v1~key~~ v1~key~00~ v1~key~-1~ v1~key~zzzzzzzzz~ v1~a.b~0~ v1~key~Z~ v1~ ~~~"
)


def signatures() -> Iterator[str]:
    own = f"s--v1~key~0~{'A' * 43}--"
    yield from (f"/{broken}/w_10/{ID}" for broken in _BROKEN.split())
    yield from (f"/s--{'A' * length}--/{ID}" for length in (0, 1, 7, 9, 16, 31, 33, 42, 43, 64, 500))
    for signature in ("s--AAAAAAAA--", f"s--{'A' * 32}--", own):
        yield f"/w_10/{signature}/{ID}"
        yield f"/v1/{signature}/{ID}"
        yield f"/{signature}/{signature}/{ID}"
        yield f"/{signature}/w_10/s--AAAAAAAA--/{ID}"
        yield f"/{signature}"
        yield f"/{signature}/"
        yield f"/{signature}/../{ID}"
    yield from (f"/s--{head}{'A' * 43}--/{ID}" for head in _HEADS.split())
    yield from (f"/{start}AAAAAAAA--/w_10/{ID}" for start in ("s-%2D", "%73--", "s%2d%2D", "v1/s-%2D"))
    yield from (f"/{own.replace('~', other)}/{ID}" for other in ("%7E", "%7e", ".", "-", "~~", ":", "+"))


_UNKNOWN = """
c_fil c_FILL c_fill: c_fill_ c_crop; c___proto__ c_' g_up g_north_north g_face: g_{} g_<b> e_blurr e_blur:x
e_sepia:1:2 e___class__ e_gen_fill: e_blur:: e_: f_jpgg f_exe f_php f_auto:x f_%00png f_avif: fl_lossyy
fl___init__ fl_progressive:x fl_. b_rgb:ggg b_reddd b_auto:x b_rgb: b_%23fff bo_5 bo_5px bo_px_solid_red
bo_5px_dotted_red a_left a_10.hflip.x a_auto_up a_1e3 a_NaN r_x r_max:max:max:max:max r_1:2:3:4:5 r_: r_1:
q_auto:x q_50:999 q_auto:best:999 t_nothing t_ t_a.b t_%00 t_.. pg_0 cs_rgbb cs___ dn_x dn_1e3 dn_NaN
w_10,hh_5 w_10,ww_5 w_10,_5 w_10,zz_1 w__5 w_10,__ co_rgb:gggggg,e_colorize co_x,e_colorize
x_5p5 ar_x z_x dpr_x o_x
"""


def unknown() -> Iterator[str]:
    yield from (f"/{text}/{ID}" for text in _UNKNOWN.split())
    yield f"/t_{'a' * 500}/{ID}"


CLASSES: dict[str, Iterable[str | bytes]] = {
    "numbers": tuple(numbers()),
    "climbing": tuple(climbing()),
    "controls": tuple(controls()),
    "encodings": tuple(encodings()),
    "injections": tuple(injections()),
    "long": tuple(long()),
    "deep": tuple(deep()),
    "layers": tuple(layers()),
    "duplicates": tuple(duplicates()),
    "targets": tuple(targets()),
    "signatures": tuple(signatures()),
    "unknown": tuple(unknown()),
}


def _bytes(target: str | bytes) -> bytes:
    return target if isinstance(target, bytes) else quoted(target).encode()


CASES = tuple(
    Case(kind, target) for kind, made in CLASSES.items() for target in dict.fromkeys(map(_bytes, made))
)
