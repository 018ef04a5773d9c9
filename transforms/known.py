"""What the grammar knows and Calotype does not offer: refused by name, with what to use instead.

A key, an effect, a mode leaves this page in the commit that offers it. Each table holds, by name, the rest of
a sentence that starts with the name.
"""

from __future__ import annotations

_NEVER = "is known, but not offered here"
_VIDEO = f"{_NEVER}: it is about video or sound"
_MODEL = f"{_NEVER}: it needs a generative model"
_ADD_ON = f"{_NEVER}: it is a licensed add-on"
_MADE = "make it beforehand and upload that"
"""What to do instead of asking for a picture that only a model can make."""


def _all(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


KNOWN_KEYS: dict[str, str] = {
    "p": f"(prefix in sprites) {_NEVER}: no style sheets are made",
    "fn": f"(custom function) {_NEVER}: no foreign code runs in the renderer",
    "vc": f"(video codec) {_VIDEO}",
    "ac": f"(audio codec) {_VIDEO}",
    "af": f"(audio frequency) {_VIDEO}",
    "br": f"(bit rate) {_VIDEO}; use q",
    "fps": f"(frames a second) {_VIDEO}; use dl for the delay between frames",
    "ki": f"(keyframe interval) {_VIDEO}",
    "so": f"(start offset) {_VIDEO}; use pg for frames of an animation",
    "eo": f"(end offset) {_VIDEO}; use pg for frames of an animation",
    "du": f"(duration) {_VIDEO}; use pg for frames of an animation",
    "sp": f"(streaming profile) {_VIDEO}",
    "vs": f"(video sampling) {_VIDEO}; use pg for frames of an animation",
}

KNOWN_BACKGROUNDS: dict[str, str] = {
    "gen_fill": f"(generative fill) {_MODEL}; use b_blurred, b_auto or a colour",
}

KNOWN_FORMATS: dict[str, str] = {
    **_all(f"{_NEVER}: it is read, but not written; use f_avif or f_jpg", "heic heif"),
    **_all(f"{_NEVER}: use f_jp2", "j2k jpc"),
    **_all(f"{_NEVER}: use f_jxl, f_avif or f_webp", "jxr wdp hdp flif"),
    **_all(f"{_NEVER}: it is read, but not written; use f_png or f_webp", "svg pdf"),
    **_all(
        f"{_NEVER}: use f_auto or another image format",
        "eps eps3 ept ps ai psd djvu arw cr2 cr3 dng nef raf indd idml spd",
    ),
    **_all(
        f"{_NEVER}: 3D models are neither read nor written; use an image format",
        "gltf glb obj ply u3ma fbx usdz",
    ),
    **_all(
        f"{_VIDEO}; use f_webp or f_gif, which can move",
        "mp4 webm mov avi flv mkv mpd m3u8 ogv wmv ts 3gp m4v mxf",
    ),
    **_all(f"{_VIDEO}; use an image format", "mp3 wav aac ogg aiff opus flac m4a amr"),
    "auto:video": f"{_VIDEO}; use f_auto",
}

KNOWN_FLAGS: dict[str, str] = {
    **_all(_VIDEO, "hlsv3 keep_dar mono no_stream splice truncate_ts waveform"),
    "replace_image": f"{_NEVER}: pictures inside documents are not replaced; put a layer over them",
    "c2pa": f"{_NEVER}: nothing is signed",
    "draco": f"{_NEVER}: 3D models are not read",
}

KNOWN_EFFECTS: dict[str, str] = {
    **_all(f"{_NEVER}: it needs a model; use e_improve", "enhance auto_enhance"),
    "background_removal": f"{_NEVER}: it needs a model; use e_bgremoval or e_make_transparent where the "
    "background has one colour",
    "upscale": f"{_NEVER}: it needs a model; use c_scale, then e_sharpen",
    "gen_fill": f"{_MODEL}, and is no effect but a background, b_gen_fill; use b_blurred, b_auto or a colour",
    "extract": f"{_NEVER}: it needs a model; use c_crop, or a layer with fl_cutter",
    "style_transfer": f"{_MODEL}; use e_art, e_oil_paint or e_cartoonify",
    "gen_recolor": f"{_MODEL}; use e_replace_color",
    "gen_restore": f"{_MODEL}; use e_improve",
    **_all(f"{_MODEL}; {_MADE}", "gen_remove gen_replace gen_background_replace"),
    **_all(f"{_ADD_ON}; use e_improve", "viesus_correct lightroom"),
    **_all(
        f"{_VIDEO}; animations have e_loop, dl and pg",
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
}
