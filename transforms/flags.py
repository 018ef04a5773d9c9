"""The flags that are offered."""

from __future__ import annotations

from transforms.kinds.flags import STEPS, FileName, FlagDeclaration

FLAGS: dict[str, FlagDeclaration] = {
    "progressive": FlagDeclaration(
        "A JPEG that builds up in passes, as with `q_auto` anyway; `none` turns it off.",
        STEPS,
        ("fl_progressive", "fl_progressive:steep"),
    ),
    "lossy": FlagDeclaration(
        "Smaller GIF and PNG, at the cost of colours; a PNG without transparency becomes a JPEG.",
        examples=("f_gif,fl_lossy",),
    ),
    "attachment": FlagDeclaration(
        "Tell the browser to save the file, under this name.",
        FileName(),
        ("fl_attachment", "fl_attachment:holiday"),
    ),
    "streaming_attachment": FlagDeclaration(
        "As `attachment`: what is rendered on the fly is sent no differently.",
        FileName(),
        ("fl_streaming_attachment:holiday",),
    ),
    "keep_iptc": FlagDeclaration(
        "Keep what the original says of author and terms, in IPTC, EXIF and XMP. Where it was taken, and all "
        "else, is dropped, as everything is without this.",
        examples=("f_jpg,fl_keep_iptc",),
    ),
    "keep_attribution": FlagDeclaration("As `keep_iptc`.", examples=("f_jpg,fl_keep_attribution",)),
    "force_strip": FlagDeclaration(
        "Drop all metadata, whatever another flag keeps.", examples=("fl_force_strip.keep_iptc",)
    ),
    "strip_profile": FlagDeclaration("Convert to sRGB and embed no colour profile."),
    "force_icc": FlagDeclaration(
        "Embed a colour profile even where the picture is plain sRGB.", examples=("f_png,fl_force_icc",)
    ),
    "immutable_cache": FlagDeclaration(
        "Say that this URL will always answer the same bytes: it may be kept as long as one with a version."
    ),
    "ignore_aspect_ratio": FlagDeclaration(
        "With `c_scale` and one side: the other side stays as it is.",
        examples=("c_scale,fl_ignore_aspect_ratio,w_200",),
    ),
    "getinfo": FlagDeclaration(
        "Answer as JSON the sizes before and after, the part that is kept, and the faces or the subject that"
        " were looked for, instead of the picture."
    ),
    "explain": FlagDeclaration("Answer the plan as text, instead of the picture."),
    "animated": FlagDeclaration(
        "What moves keeps moving: that happens anyway, where the format can, and a PNG becomes an APNG.",
        examples=("f_webp,fl_animated",),
    ),
    "awebp": FlagDeclaration("As `animated`, for WebP.", examples=("f_webp,fl_awebp",)),
    "apng": FlagDeclaration("As `animated`, for PNG.", examples=("f_png,fl_apng",)),
    "png8": FlagDeclaration("A PNG with a palette of at most 256 colours.", examples=("f_png,fl_png8",)),
    "png24": FlagDeclaration(
        "A PNG of three channels: gray becomes colour, and transparency is filled with the background.",
        examples=("b_white,f_png,fl_png24",),
    ),
    "png32": FlagDeclaration("A PNG of four channels, transparent or not.", examples=("f_png,fl_png32",)),
    "any_format": FlagDeclaration(
        "With `q_auto`: a PNG gets a palette where that looks the same.",
        examples=("f_png,fl_any_format,q_auto",),
    ),
    "preserve_transparency": FlagDeclaration(
        "With `f_auto`: what is see-through stays so; that happens anyway.",
        examples=("f_auto,fl_preserve_transparency",),
    ),
    "tiff8_lzw": FlagDeclaration(
        "A TIFF of 8 bits a channel, packed by LZW.", examples=("f_tiff,fl_tiff8_lzw",)
    ),
    "group4": FlagDeclaration(
        "A TIFF in black and white, one bit a pixel, packed as faxes are (CCITT Group 4).",
        examples=("f_tiff,fl_group4",),
    ),
    "clip": FlagDeclaration(
        "Cut the picture out by the clipping path in a JPEG or TIFF; without one it stays as it is.",
        examples=("f_png,fl_clip",),
    ),
    "clip_evenodd": FlagDeclaration(
        "As `clip`; where the path runs over itself, what lies inside twice is outside.",
        examples=("f_png,fl_clip_evenodd",),
    ),
    "original": FlagDeclaration(
        "Add nothing to what is asked for, which happens anyway; alone it answers the original byte for byte."
    ),
    "rasterize": FlagDeclaration(
        "Make pixels of a drawing; that happens anyway.", examples=("fl_rasterize,w_300",)
    ),
    "sanitize": FlagDeclaration(
        "Answer an SVG as SVG, with all taken out that could run or leads elsewhere. Without this, or where "
        "anything else is done to it, it becomes pixels.",
        examples=("fl_sanitize",),
    ),
    "ignore_mask_channels": FlagDeclaration(
        "Leave out the further channels of a TIFF; that happens anyway.",
        examples=("f_jpg,fl_ignore_mask_channels",),
    ),
}
"""In the order of the reference page."""
