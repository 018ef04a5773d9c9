"""What the grammar knows and Calotype does not offer: refused by name, with what to use instead.

A key, an effect, a mode leaves this page in the commit that offers it. Each table holds, by name, the rest of
a sentence that starts with the name.
"""

from __future__ import annotations

_LATER = "is known, but not offered yet"
_NEVER = "is known, but not offered here"
_VIDEO = f"{_NEVER}: it is about video or sound"
_MODEL = f"{_NEVER}: it needs a generative model"
_ADD_ON = f"{_NEVER}: it is a licensed add-on"


def _all(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


KNOWN_KEYS: dict[str, str] = {
    "dn": f"(density of a document) {_LATER}: ask for the size in pixels",
    "cs": f"(colour space) {_LATER}: the result is sRGB, or Display P3 where the format can say so",
    "dl": f"(delay between frames) {_LATER}",
    "p": f"(prefix in sprites) {_NEVER}",
    "fn": f"(custom function) {_NEVER}: no foreign code runs in the renderer",
    "vc": f"(video codec) {_VIDEO}",
    "ac": f"(audio codec) {_VIDEO}",
    "af": f"(audio frequency) {_VIDEO}",
    "br": f"(bit rate) {_VIDEO}",
    "fps": f"(frames a second) {_VIDEO}",
    "ki": f"(keyframe interval) {_VIDEO}",
    "so": f"(start offset) {_VIDEO}",
    "eo": f"(end offset) {_VIDEO}",
    "du": f"(duration) {_VIDEO}",
    "sp": f"(streaming profile) {_VIDEO}",
    "vs": f"(video sampling) {_VIDEO}",
}

KNOWN_MODES: dict[str, str] = {
    "auto": f"{_LATER}: use c_fill,g_auto",
    "auto_pad": f"{_LATER}: use c_pad",
    "fill_pad": f"{_LATER}: use c_fill,g_auto or c_pad",
    "imagga_crop": f"{_LATER}: use c_fill,g_auto",
    "imagga_scale": f"{_LATER}: use c_scale",
}

KNOWN_GRAVITIES: dict[str, str] = {
    **_all(f"{_LATER}: use g_auto", "face faces body adv_face adv_faces adv_eyes custom ocr_text"),
    "liquid": f"{_LATER}: use c_scale without it",
    **_all(
        f"{_LATER}: use g_auto",
        "bird cat dog horse cow sheep person car bus train boat bicycle motorbike aeroplane bottle "
        "chair sofa diningtable pottedplant tvmonitor microwave refrigerator sink skateboard",
    ),
}

KNOWN_BACKGROUNDS: dict[str, str] = {
    "auto": f"(a colour taken from the picture) {_LATER}: name a colour",
    "blurred": f"(the picture itself, blurred) {_LATER}: name a colour",
    "gen_fill": f"(generative fill) {_MODEL}: name a colour",
}

KNOWN_FORMATS: dict[str, str] = {
    **_all(
        f"{_LATER}: use f_auto or another image format",
        "jxl heic heif jp2 j2k jpc jxr wdp hdp bmp ico tga blurhash thumbhash lqip palette",
    ),
    **_all(
        f"{_NEVER}: use f_auto or another image format",
        "svg pdf eps eps3 ept ps ai psd djvu flif gltf glb obj ply u3ma fbx usdz arw cr2 cr3 dng nef "
        "raf indd idml spd",
    ),
    **_all(
        f"{_VIDEO}; use an image format",
        "mp4 webm mov avi flv mkv mpd m3u8 ogv wmv ts 3gp m4v mxf mp3 wav aac ogg aiff opus flac m4a amr",
    ),
    "auto:video": f"{_VIDEO}; use f_auto",
}

KNOWN_FLAGS: dict[str, str] = {
    "replace_image": f"{_NEVER}: pictures inside documents are not replaced",
    **_all(_VIDEO, "hlsv3 keep_dar mono no_stream splice truncate_ts waveform"),
    "streaming_attachment": f"{_NEVER}: use fl_attachment",
    "apng": f"{_LATER}: use f_webp, which can move",
    "c2pa": f"{_NEVER}: nothing is signed",
    "clip": f"{_LATER}: clipping paths are not read",
    "clip_evenodd": f"{_LATER}: clipping paths are not read",
    "draco": f"{_NEVER}: 3D models are not read",
    "force_icc": f"{_LATER}: a profile is embedded wherever it is needed",
    "force_strip": f"{_LATER}: metadata is dropped unless fl_keep_iptc is given",
    "group4": f"{_NEVER}: use f_png",
    "ignore_mask_channels": f"{_LATER}: masks of TIFF are not read",
    "keep_attribution": f"{_LATER}: use fl_keep_iptc",
    "original": f"{_NEVER}: ask for the picture without a transformation",
    "png8": f"{_LATER}: use fl_lossy with f_png",
    "png24": f"{_LATER}: use f_png",
    "png32": f"{_LATER}: use f_png",
    "rasterize": f"{_LATER}: an SVG always becomes pixels",
    "sanitize": f"{_LATER}: an SVG always becomes pixels",
    "tiff8_lzw": f"{_LATER}: use f_tiff",
}

KNOWN_EFFECTS: dict[str, str] = {
    **_all(
        _LATER,
        "grayscale negate blackwhite sepia brightness brightness_hsb contrast saturation hue red "
        "green blue gamma vibrance auto_brightness auto_color auto_contrast improve fill_light "
        "enhance auto_enhance sharpen unsharp_mask blur blur_region blur_faces pixelate "
        "pixelate_region pixelate_faces oil_paint cartoonify art vignette ordered_dither colorize "
        "tint recolor replace_color background_removal bgremoval make_transparent upscale trim "
        "outline shadow dropshadow gradient_fade opacity_threshold distort shear displace cut_out "
        "mask multiply screen overlay anti_removal redeye adv_redeye assist_colorblind "
        "simulate_colorblind vectorize theme loop",
    ),
    **_all(
        _MODEL,
        "gen_recolor gen_remove gen_replace gen_background_replace gen_restore extract style_transfer",
    ),
    **_all(_ADD_ON, "viesus_correct lightroom"),
    **_all(
        _VIDEO,
        "zoompan boomerang reverse accelerate fade deshake noise volume preview progressbar transition",
    ),
}

KNOWN_LAYERS: dict[str, str] = {
    "video": f"{_VIDEO}; a frame of it can be uploaded as a picture",
    "audio": _VIDEO,
    "subtitles": f"{_VIDEO}; use l_text",
}

KNOWN_QUALITIES: dict[str, str] = {
    "jpegmini": f"{_ADD_ON}; use q_auto",
    "qmax": f"{_LATER}: give the quality you want",
}
