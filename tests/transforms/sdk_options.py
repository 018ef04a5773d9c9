"""Random options for a public SDK, by groups: each group is about one part of the language."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from transforms.known import KNOWN_EFFECTS

Options = dict[str, Any]


def some(**options: SearchStrategy[Any]) -> SearchStrategy[Options]:
    """Any of these options, at least one."""
    return st.fixed_dictionaries({}, optional=options).filter(bool)


def one_of(*values: Any) -> SearchStrategy[Any]:
    return st.sampled_from(values)


pixels = st.integers(1, 4000)
shares = one_of(0.5, 0.25, "1.0", "0.333")
colors = one_of("red", "#00ff0080", "#abc", "rgb:123456", "black", "transparent")
words = st.text("abcXYZ019 .-&'()", min_size=1, max_size=12).filter(lambda text: text.strip(" .") == text)
names = st.from_regex(r"\A[a-z][a-zA-Z0-9]{1,8}\Z").filter(lambda name: name not in ("current",))
public_ids = one_of("sample", "folder/logo", "a/b/c.png", "ünï/cödé", "with space", "v12abc", "docs/100%25")

calculated = one_of(
    "initial_width / 2",
    "iw_mul_0.5_add_20",
    "width * aspect_ratio",
    "initial_height - 100 / 2",
    "ih ^ 0.5 + 100",
    "face_count * 40 + 10",
)
gravities = one_of(
    *("north_west", "north", "south_east", "center", "xy_center", "auto", "auto:subject", "auto:faces"),
    *(
        "face",
        "faces",
        "face:center",
        "faces:auto",
        "custom",
        "custom:face",
        "body",
        "cat:dog:auto",
        "ocr_text",
    ),
    *("adv_face", "adv_eyes", "auto:classic", "auto:none"),
)
modes = one_of(
    *("scale", "fit", "limit", "mfit", "fill", "lfill", "pad", "lpad", "mpad", "crop", "thumb", "fill_pad"),
    *("auto", "auto_pad", "imagga_crop", "imagga_scale"),
)

sizes = some(
    width=st.one_of(pixels, shares, calculated, one_of("iw", "ow", "auto", "auto:50", "auto:breakpoints")),
    height=st.one_of(pixels, shares, calculated, one_of("ih", "oh")),
    aspect_ratio=one_of("16:9", "1.5", 2, "0.75", "4:3"),
    crop=modes,
    gravity=gravities,
    x=st.one_of(st.integers(-500, 500), calculated, one_of(0.1, "-0.25")),
    y=st.one_of(st.integers(-500, 500), calculated),
    zoom=one_of(0.7, "1.5", 2),
    dpr=one_of(2, "2.0", 1.5, "auto"),
    size=one_of("100x200", "40x30"),
)
turns = some(
    angle=st.one_of(
        st.integers(-359, 359),
        one_of("vflip", "hflip", "auto_right", "ignore", "exif", 12.5, ["auto_left", "hflip"], ["vflip", 35]),
    )
)
shapes = some(
    radius=st.one_of(
        st.integers(0, 900),
        one_of("max", "20:max"),
        st.lists(st.integers(0, 200).map(str), min_size=1, max_size=4),
    ),
    border=st.one_of(
        one_of("4px_solid_red", "10px_solid_rgb:00ff00"),
        st.fixed_dictionaries({"width": st.integers(0, 30), "color": colors.filter(lambda c: c != "red")}),
    ),
    opacity=st.integers(0, 99),
    background=st.one_of(
        colors, one_of("auto", "auto:predominant", "auto:border_gradient:4:horizontal", "blurred:400:15")
    ),
    color=colors,
)
output = some(
    quality=st.one_of(
        st.integers(1, 100),
        one_of(
            "auto", "auto:best", "auto:eco", "auto:low", "auto:sensitive", "80:444", "70:420", "75:qmax_60"
        ),
    ),
    fetch_format=one_of("auto", "jpg", "png", "webp", "avif", "gif", "auto:image"),
    flags=st.one_of(
        one_of("progressive", "lossy", "attachment:holiday", "immutable_cache"),
        one_of(["progressive:steep", "lossy"], ["keep_iptc", "strip_profile"], ["force_strip", "png8"]),
        one_of(["preserve_transparency", "any_format"], ["animated", "awebp"]),
    ),
    page=st.integers(2, 30),
    density=st.integers(72, 300),
    color_space=one_of("srgb", "tinysrgb", "no_cmyk", "keep_cmyk"),
    delay=st.integers(10, 900),
    default_image=one_of("avatar.png", "people:generic:headshot:67:current.png"),
)


def leveled(name: str, least: int, most: int, default: int) -> SearchStrategy[Any]:
    """An effect whose level is not its default: that would be left out in the canonical form."""
    level = st.integers(least, most).filter(lambda number: number != default)
    return level.flatmap(lambda n: one_of(f"{name}:{n}", [name, n], {name: n}))


effects = some(
    effect=st.one_of(
        one_of("grayscale", "negate", "sepia", "improve:indoor", "auto_contrast", "trim", "art:red_rock"),
        one_of("recolor:0.3:0.7:0.1:0.3:0.6:0.1:0.2:0.5:0.1", "tint:100:red:0p:white:40p:blue"),
        one_of("distort:40:25:280:60:260:155:35:165", "distort:arc:180", "shear:20:10"),
        one_of("gradient_fade:symmetric", "outline:inner:10:200", "replace_color:saddlebrown", "bgremoval"),
        one_of("make_transparent:20", "simulate_colorblind:tritanopia", "shadow:50"),
        leveled("brightness", -99, 100, 80),
        leveled("contrast", -100, 100, 0),
        leveled("saturation", -100, 100, 80),
        leveled("hue", -100, 100, 80),
        leveled("vibrance", -100, 100, 20),
        leveled("colorize", 0, 99, 100),
    )
)
textures = some(
    effect=st.one_of(
        one_of("blur_faces:700", "pixelate_region:20", "cartoonify:70:bw", "ordered_dither:3"),
        leveled("blur", 1, 2000, 100),
        leveled("sharpen", 1, 2000, 100),
        leveled("pixelate", 1, 200, 0),
        leveled("oil_paint", 0, 100, 30),
        leveled("vignette", 0, 100, 20),
    )
)
texts = st.fixed_dictionaries(
    {
        "font_family": one_of("Arial", "Roboto", "Open Sans", "Times"),
        "font_size": st.integers(6, 200),
        "text": st.one_of(
            words, one_of("Hi, you / me", "$(title)", "Day $(date), 50%", "Cool 😍", "a:b", "Hello\nworld")
        ),
    },
    optional={
        "font_weight": one_of("bold", "normal", "light"),
        "font_style": one_of("italic", "normal"),
        "text_decoration": one_of("underline", "none", "strikethrough"),
        "text_align": one_of("left", "center", "justify"),
        "stroke": one_of("stroke", "none"),
        "letter_spacing": st.integers(-5, 20),
        "line_spacing": st.integers(-5, 40),
        "font_antialiasing": one_of("none", "gray", "best"),
        "font_hinting": one_of("none", "full"),
    },
)
layers = st.one_of(
    one_of("logo", "text:Arial_20:hello", "folder:logo.png", "fetch:https://images.example/a,b/c.jpg?d=e"),
    one_of({"public_id": "folder/logo", "format": "png"}, {"public_id": "logo", "type": "private"}),
    one_of({"url": "https://images.example/ünï.jpg"}, {"public_id": "logo", "resource_type": "image"}),
    texts,
)
layered = st.one_of(
    st.fixed_dictionaries(
        {"overlay": layers}, optional={"width": pixels, "color": colors, "gravity": one_of("south")}
    ),
    st.fixed_dictionaries({"underlay": layers}, optional={"height": pixels, "x": pixels}),
    st.tuples(st.fixed_dictionaries({"overlay": layers}), sizes, st.integers(-20, 20)).map(
        lambda parts: {
            "transformation": [
                parts[0],
                parts[1],
                {"flags": ["layer_apply", "no_overflow"], "gravity": "south_east", "x": parts[2]},
            ]
        }
    ),
    one_of(
        {"overlay": "logo", "effect": "multiply", "flags": ["relative", "tiled"]}, {"flags": "layer_apply"}
    ),
)
literals = words.map(lambda text: f"!{text}!")
values = st.one_of(
    st.integers(-50, 900),
    one_of(
        "0.5",
        "1.0",
        "16:9",
        "!a:b:c!",
        "ctx:!my_key!",
        "md:!price!_to_f",
        "ref:!docs:sale!",
        "current",
        "bar",
    ),
    one_of(
        "initial_width / 2",
        "$other * 2 + 1",
        "10 + initial_width * 0.3",
        "ctx:!x_pos!_to_f * width",
        "$other",
    ),
    literals,
)
variables = st.one_of(
    st.dictionaries(names.map("${}".format), values, min_size=1, max_size=3),
    st.dictionaries(names.map("${}".format), values, min_size=1, max_size=3).map(
        lambda found: {"variables": [list(item) for item in sorted(found.items(), key=sent)]}
    ),
    one_of(
        {"$foo": 10, "width": "$foo * 2", "height": "$foo_div_fc"},
        {"$efname": "!blur!", "effect": "$efname:100", "quality": "$q", "radius": "$r"},
        {"$v": 10, "radius": [10, "$v", "$v * 2"], "border": "$(v)px_solid_$bcolor", "crop": "fill"},
        {"overlay": "$img", "angle": "$turn", "gravity": "$where", "background": "$bcolor", "x": "$v - 1"},
    ),
)


def sent(item: tuple[str, Any]) -> str:
    return f"{item[0]}_{item[1]}"


comparisons = st.one_of(
    st.tuples(
        one_of("width", "initial_height", "w", "face_count", "page_count", "$foo", "ctx:!n!", "width * 2"),
        one_of("<", ">", "<=", ">=", "=", "!="),
        st.one_of(st.integers(0, 3000), one_of("initial_width", "$bar + 1", "height")),
    ),
    st.tuples(one_of("aspect_ratio", "ar", "tar"), one_of("<", ">=", "eq"), one_of("16:9", "0.5", "3:4")),
    st.tuples(st.one_of(one_of("$tag", "!sale:in_stock!"), literals), one_of("in", "nin"), one_of("tags")),
    st.tuples(one_of("ctx:!kind!", "md:!kind!", "$kind"), one_of("=", "!=", "in"), literals),
    st.just(("illustration_score", ">", "0.5")),
).map(lambda parts: " ".join(map(str, parts)))
joined = st.tuples(
    comparisons, st.lists(st.tuples(one_of("&&", "||", "and", "or"), comparisons), max_size=3)
).map(lambda parts: " ".join([parts[0], *(word for pair in parts[1] for word in pair)]))
conditions = st.one_of(
    st.tuples(joined, sizes).map(lambda parts: {"if": parts[0], **parts[1]}),
    st.tuples(joined, sizes, turns).map(
        lambda parts: {
            "transformation": [{"if": parts[0]}, parts[1], {"if": "else"}, parts[2], {"if": "end"}],
        }
    ),
    st.tuples(joined, sizes, turns).map(
        lambda parts: {
            "transformation": [{"if": parts[0], **parts[1]}, {"if": "else", **parts[2]}],
        }
    ),
)

GROUPS: dict[str, SearchStrategy[Options]] = {
    "sizes": sizes,
    "turns": turns,
    "shapes": shapes,
    "output": output,
    "effects": effects,
    "layers": layered,
    "variables": variables,
    "conditions": conditions,
}


TEXTURES = {
    "blur",
    "blur_faces",
    "sharpen",
    "pixelate",
    "pixelate_region",
    "oil_paint",
    "cartoonify",
    "vignette",
}

if KNOWN_EFFECTS.keys().isdisjoint(TEXTURES):
    # Effects that are refused by name print nothing back; they are tried from the day they are offered.
    GROUPS["textures"] = textures
