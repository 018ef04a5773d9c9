"""The flags that are offered."""

from __future__ import annotations

from transforms.kinds.flags import STEPS, FileName, FlagDeclaration

FLAGS: dict[str, FlagDeclaration] = {
    "progressive": FlagDeclaration(
        "A JPEG that builds up in passes, as with `q_auto` anyway; `none` turns it off.",
        STEPS,
        ("fl_progressive", "fl_progressive:steep"),
    ),
    "lossy": FlagDeclaration("Smaller GIF and PNG, at the cost of colours."),
    "attachment": FlagDeclaration(
        "Tell the browser to save the file, under this name.",
        FileName(),
        ("fl_attachment", "fl_attachment:holiday"),
    ),
    "keep_iptc": FlagDeclaration("Keep the metadata of the original; otherwise all of it is dropped."),
    "strip_profile": FlagDeclaration("Convert to sRGB and embed no colour profile."),
    "immutable_cache": FlagDeclaration("Say that this URL will always answer the same bytes."),
    "ignore_aspect_ratio": FlagDeclaration(
        "With `c_scale` and one side: the other side stays as it is.",
        examples=("c_scale,fl_ignore_aspect_ratio,w_200",),
    ),
    "getinfo": FlagDeclaration("Answer the sizes before and after as JSON, instead of the picture."),
    "explain": FlagDeclaration("Answer the plan as text, instead of the picture."),
    "animated": FlagDeclaration(
        "What moves keeps moving; that happens anyway, where the format can.",
        examples=("f_webp,fl_animated",),
    ),
    "awebp": FlagDeclaration("As `animated`, for WebP.", examples=("f_webp,fl_awebp",)),
    "any_format": FlagDeclaration("With `q_auto`: any encoding of the format will do; that happens anyway."),
    "preserve_transparency": FlagDeclaration(
        "With `f_auto`: what is see-through stays so; that happens anyway."
    ),
}
"""In the order of the reference page."""
