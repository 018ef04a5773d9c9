"""Gravities: how their chains read, what they look for, and where the picture is cut."""

from __future__ import annotations

import pytest
from pyvips import GValue, Image

from tests.transforms.answering import NOBODY, answered, rendering
from tests.transforms.rendering import patch, picture
from transforms import detectors, gravity
from transforms.actions.base import Rows
from transforms.frame import Frame, ImageInfo
from transforms.gravity import Spot, chain
from transforms.knowledge import Details, Known, Unsettled
from transforms.looks import LOOKS
from transforms.operations import Canvas, Focus, Rect, Resample
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan

PHOTO = ImageInfo("png", 1000, 800)
"""A PNG is never loaded small: windows stay in the original's pixels."""

ONE: Rows = ((600, 100, 100, 120, 90),)
TWO: Rows = (*ONE, (200, 300, 50, 60, 80))
STORED = Details(coordinates=(300, 400, 200, 100))


def windows(recipe: str, rows: Rows = (), details: Details = NOBODY) -> list[Rect | Focus]:
    plan = answered(recipe, PHOTO, rows=rows, details=details)
    return [operation.window for operation in plan.operations if isinstance(operation, Resample)]


def notes(recipe: str, rows: Rows = ()) -> tuple[str, ...]:
    return answered(recipe, PHOTO, rows=rows).notes


@pytest.mark.parametrize(
    ("written", "sought", "end", "missing"),
    [
        ("north", (), "north", ()),
        ("face", ("face",), "north", ()),
        ("faces:center", ("faces",), "center", ()),
        ("face:auto", ("face",), "auto", ()),
        ("adv_face", ("face",), "north", ()),
        ("rek_eyes", ("eyes",), "north", ()),
        ("adv_eyes:faces:west", ("eyes", "faces"), "west", ()),
        ("body", (), "auto", ("body",)),
        ("body:face", ("face",), "north", ("body",)),
        ("custom", ("custom",), "center", ()),
        ("custom:adv_faces", ("custom", "faces"), "north", ()),
        ("auto", (), "auto", ()),
        ("auto:custom", ("custom",), "auto", ()),
        ("auto:none", (), "auto", ()),
        ("auto:custom_no_override:face", ("face",), "auto", ()),
        ("auto:face_80:thirds_0", ("face",), "auto", ()),
        ("auto:faces_0", (), "auto", ()),
        ("auto:faces_avoid", (), "auto", ("faces_avoid",)),
        ("auto:subject", (), "auto", ()),
        ("cat:dog:auto:microwave_30:face", ("face",), "auto", ("cat", "dog", "microwave")),
        ("person:face:center:auto", ("face",), "center", ("person",)),
        ("ocr_text:adv_ocr", (), "auto", ("ocr_text", "adv_ocr")),
        ("liquid", (), "center", ()),
    ],
)
def test_chains(written: str, sought: tuple[str, ...], end: str, missing: tuple[str, ...]) -> None:
    name, *arguments = written.split(":")
    found = chain(name, tuple(arguments))

    assert (sought, end, missing) == (found.sought, found.end, found.missing)


@pytest.mark.parametrize(
    "written",
    [
        *("g_face:auto", "g_faces:center", "g_adv_eyes", "g_body:face", "g_custom:adv_faces", "g_auto:ball"),
        *("g_auto:cat_30:dog_avoid", "g_auto:custom_no_override", "g_auto:ocr_text_avoid", "g_auto:thirds_0"),
        *(
            "g_cat:dog:auto:microwave_30:bicycle_avoid",
            "g_person:kitchen:cup",
            "g_ocr_text:adv_ocr",
            "g_sink",
        ),
        *("g_sportsball", "g_sports_ball", "g_liquid", "g_auto:no_faces", "g_auto:face_200", "g_rek_faces"),
    ],
)
def test_written_as_read(written: str) -> None:
    assert written == str(parse(written))


@pytest.mark.parametrize(
    ("recipe", "rows", "expected"),
    [
        # The middle of the largest face is (650, 160).
        ("c_fill,g_face,h_400,w_400", TWO, Rect(200, 0, 800, 800)),
        ("c_fill,g_face,h_800,w_200", TWO, Rect(550, 0, 200, 800)),
        ("c_fill,g_face,h_800,w_200,x_30", TWO, Rect(580, 0, 200, 800)),
        ("c_fill,g_face,h_100,w_500", TWO, Rect(0, 60, 1000, 200)),
        ("c_lfill,g_adv_face,h_900,w_200", ONE, Rect(550, 0, 200, 800)),
        # Both together reach from (200, 100) to (700, 360).
        ("c_fill,g_faces,h_800,w_200", TWO, Rect(350, 0, 200, 800)),
        ("c_crop,g_faces", TWO, Rect(200, 100, 500, 260)),
        ("c_crop,g_face", TWO, Rect(600, 100, 100, 120)),
        ("c_crop,g_face,z_2", ONE, Rect(625, 130, 50, 60)),
        ("c_crop,g_face,z_0.5", ONE, Rect(550, 40, 200, 240)),
        ("c_crop,g_face,z_0.1", ONE, Rect(0, 0, 1000, 800)),
        ("c_crop,g_face,h_200,w_200", ONE, Rect(550, 60, 200, 200)),
        ("c_crop,g_face,h_400,w_800", ONE, Rect(200, 0, 800, 400)),
        ("ar_1,c_crop,g_face", ONE, Rect(200, 0, 800, 800)),
        # Twice as high as the face, and as wide as the box wants it.
        ("c_thumb,g_face,h_100,w_100", ONE, Rect(530, 40, 240, 240)),
        ("c_thumb,g_face,h_100,w_100,z_2", ONE, Rect(590, 100, 120, 120)),
        ("c_thumb,g_face,h_100,w_100,z_0.5", ONE, Rect(410, 0, 480, 480)),
        ("c_thumb,g_face,h_100,w_100,z_0.01", ONE, Rect(200, 0, 800, 800)),
        ("c_thumb,g_faces,h_100,w_200", TWO, Rect(0, 0, 1000, 500)),
        # Nobody there: what stands behind the colon, or else the top.
        ("c_fill,g_face,h_100,w_500", (), Rect(0, 0, 1000, 200)),
        ("c_fill,g_face:center,h_100,w_500", (), Rect(0, 300, 1000, 200)),
        ("c_fill,g_faces:south,h_100,w_500", (), Rect(0, 600, 1000, 200)),
        ("c_fill,g_face:auto,h_100,w_500", (), Focus(1000, 200)),
        ("c_fill,g_auto:face,h_100,w_500", (), Focus(1000, 200)),
        ("c_fill,g_auto:face,h_100,w_500", ONE, Rect(0, 60, 1000, 200)),
        ("c_thumb,g_face,h_100,w_100", (), Rect(100, 0, 800, 800)),
        ("c_crop,g_face,h_100,w_100", (), Rect(450, 0, 100, 100)),
        # What is not looked for falls through to what is.
        ("c_fill,g_body:face,h_100,w_500", ONE, Rect(0, 60, 1000, 200)),
        ("c_fill,g_cat:dog:faces,h_100,w_500", ONE, Rect(0, 60, 1000, 200)),
        ("c_fill,g_cat,h_100,w_500", ONE, Focus(1000, 200)),
        ("c_fill,g_ocr_text,h_100,w_500", ONE, Focus(1000, 200)),
        # A box that reaches out of the image counts as far as there is an image.
        ("c_crop,g_face", ((-50, -20, 150, 120, 90),), Rect(0, 0, 100, 100)),
        ("c_crop,g_face,h_50,w_50", ((2000, 20, 150, 120, 90), *ONE), Rect(625, 135, 50, 50)),
    ],
)
def test_windows_on_faces(recipe: str, rows: Rows, expected: Rect | Focus) -> None:
    assert [expected] == (windows(recipe, rows) or [Rect(0, 0, 1000, 800)])


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        # The stored box is 200x100 at (300, 400); its middle is (400, 450).
        ("c_crop,g_custom", Rect(300, 400, 200, 100)),
        ("c_crop,g_custom:face", Rect(300, 400, 200, 100)),
        ("c_crop,g_custom,z_2", Rect(350, 425, 100, 50)),
        ("c_crop,g_custom,h_50,w_50", Rect(375, 425, 50, 50)),
        ("c_fill,g_custom,h_800,w_200", Rect(300, 0, 200, 800)),
        ("c_thumb,g_custom,h_100,w_100", Rect(300, 350, 200, 200)),
        ("c_fill,g_auto:custom,h_800,w_200", Rect(300, 0, 200, 800)),
        ("c_fill,g_auto:custom:faces,h_800,w_200", Rect(300, 0, 200, 800)),
        ("c_fill,g_auto:custom_no_override,h_800,w_200", Focus(200, 800)),
        ("c_fill,g_auto:none,h_800,w_200", Focus(200, 800)),
        ("c_fill,g_north,h_800,w_200", Rect(400, 0, 200, 800)),
    ],
)
def test_windows_on_stored_coordinates(recipe: str, expected: Rect | Focus) -> None:
    """None of these asks for faces: answers would be refused."""
    (operation,) = make_plan(parse(recipe), PHOTO, known=Known(details=STORED)).operations
    assert isinstance(operation, Resample)

    assert expected == operation.window


def test_coordinates_outside_of_the_image_do_not_count() -> None:
    details = Details(coordinates=(5000, 5000, 10, 10))

    assert [Rect(400, 0, 200, 800)] == windows("c_fill,g_custom,h_800,w_200", details=details)


@pytest.mark.parametrize(
    "recipe",
    ["c_fill,g_face,h_9,w_9", "c_thumb,g_auto:faces,h_9,w_9", "c_crop,g_custom:face", "c_auto,h_9,w_9"],
)
def test_what_only_pixels_can_tell_is_asked_for(recipe: str) -> None:
    with pytest.raises(Unsettled):
        make_plan(parse(recipe), PHOTO)


@pytest.mark.parametrize(
    "recipe",
    [
        *("c_fill,g_auto,h_9,w_9", "c_fill,g_north,h_9,w_9", "c_pad,g_face,h_9,w_9", "c_scale,g_face,w_9"),
        *("c_crop,g_auto,h_9,w_9", "c_fill,g_cat,h_9,w_9", "c_auto,g_north,h_9,w_9", "c_imagga_crop,w_9"),
    ],
)
def test_nothing_is_asked_for_in_vain(recipe: str) -> None:
    assert make_plan(parse(recipe), PHOTO)


@pytest.mark.parametrize(
    ("recipe", "rows", "expected"),
    [
        ("c_fill,g_north,h_9,w_9", (), ()),
        ("c_fill,g_auto,h_9,w_9", (), ()),
        ("c_fill,g_auto:subject,h_9,w_9", (), ()),
        ("c_fill,g_face,h_9,w_9", ONE, ()),
        ("c_fill,g_face,h_9,w_9", (), ("g_face: no face was found: g_north instead",)),
        ("c_fill,g_face:auto,h_9,w_9", (), ("g_face:auto: no face was found: g_auto instead",)),
        ("c_auto,g_auto:face,h_9,w_9", ((9, 9, 9, 9, 1),), ()),
        (
            "c_auto,g_auto:face,h_9,w_9",
            ((9, 9, 9, 9, 0),),
            ("g_auto:face: no face was found: g_auto instead",),
        ),
        (
            "c_fill_pad,g_north,h_9,w_9",
            (),
            ("c_fill_pad pads where g_auto sees fit: with g_north it only cuts",),
        ),
        ("c_auto,g_north,h_9,w_9", (), ()),
        ("c_auto,h_9,w_9", ((9, 9, 9, 9, 0),), ()),
        (
            "c_fill,g_custom:face,h_9,w_9",
            ONE,
            ("g_custom:face: no coordinates are stored with the picture: g_face instead",),
        ),
        ("c_fill,g_cat,h_9,w_9", (), ("g_cat is not looked for here: g_auto instead",)),
        ("c_fill,g_body:face,h_9,w_9", ONE, ("g_body is not looked for here: g_face instead",)),
        (
            "c_fill,g_auto:cat_30:dog_avoid,h_9,w_9",
            (),
            (
                "g_cat is not looked for here: g_auto instead",
                "g_dog_avoid is not looked for here: g_auto instead",
            ),
        ),
        (
            "c_fill,g_custom,h_9,w_9",
            (),
            ("g_custom: no coordinates are stored with the picture: g_center instead",),
        ),
        ("c_fill,g_liquid,h_9,w_9", (), ("g_liquid does nothing without c_scale: g_center instead",)),
        ("c_pad,g_face,h_9,w_9", (), ("c_pad does not look for anything: g_face counts as g_center",)),
        ("c_fill,g_north,h_9,w_9,z_2", (), ("c_fill does not zoom: z does nothing",)),
        ("c_thumb,g_north,h_9,w_9,z_2", (), ()),
    ],
)
def test_what_fell_back_is_told(recipe: str, rows: Rows, expected: tuple[str, ...]) -> None:
    assert expected == notes(recipe, rows)


def test_without_the_detector_the_plan_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.actions.mode.faces_available", lambda: False)

    assert ("g_face: faces need pip install calotype[faces]: g_north instead",) == notes(
        "c_fill,g_face,h_9,w_9"
    )


def test_without_the_detector_nobody_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "faces_available", lambda: False)

    assert () == LOOKS["faces"](Image.new_from_buffer(picture("face.jpg"), ""), "")


def face_in(image: Image) -> tuple[float, ...]:
    """The only face."""
    (row,) = LOOKS["faces"](image, "")
    return row


def near(expected: tuple[float, ...], found: tuple[float, ...], allowed: float) -> bool:
    return all(abs(a - b) <= allowed for a, b in zip(expected, found, strict=True))


PORTRAIT = (111, 39, 56, 70)
"""The face in `face.jpg`, measured by eye: from the hair line to the chin."""


def portrait() -> Image:
    return Image.new_from_buffer(picture("face.jpg"), "")


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: image,
        lambda image: image.colourspace("b-w"),
        lambda image: image.addalpha(),
        lambda image: image.colourspace("b-w").addalpha(),
    ],
    ids=["rgb", "gray", "rgba", "gray-alpha"],
)
def test_a_face_is_found_in_all_colours(changed) -> None:  # type: ignore[no-untyped-def]
    assert near(PORTRAIT, face_in(changed(portrait()))[:4], 8)


@pytest.mark.parametrize("factor", [0.4, 2, 6])
def test_boxes_are_in_pixels_of_the_picture(factor: float) -> None:
    """A large picture is looked at in a small one."""
    expected = tuple(side * factor for side in PORTRAIT)

    assert near(expected, face_in(portrait().resize(factor).copy_memory())[:4], 8 * factor + 3)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (16, 16)])
def test_nobody_in_next_to_nothing(size: tuple[int, int]) -> None:
    assert () == LOOKS["faces"](patch((200, 150, 130), *size), "")


def group() -> Image:
    """Three portraits on gray: small at the left, large at the right."""
    head = portrait().crop(70, 0, 150, 160)
    canvas = patch((120, 140, 160), 900, 500)
    for factor, left, top in ((0.8, 40, 300), (1.2, 300, 160), (1.8, 580, 40)):
        canvas = canvas.insert(head.resize(factor).cast("uchar"), left, top)
    return canvas.copy_memory()


def test_faces_come_largest_first() -> None:
    rows = LOOKS["faces"](group(), "")

    assert [True, True, True] == [580 < rows[0][0], 300 < rows[1][0] < 580, rows[2][0] < 300]


@pytest.mark.parametrize(
    "recipe",
    [
        *("c_fill,g_face,h_200,w_100", "c_thumb,g_face,h_120,w_120", "c_crop,g_face,h_150,w_150"),
        *("c_auto,g_face,h_100,w_100", "c_thumb,g_faces,h_90,w_90", "c_fill,g_auto:face,h_300,w_150"),
        *("c_auto_pad,g_auto:face,h_150,w_150", "c_fill_pad,g_auto:face,h_150,w_150"),
    ],
)
def test_the_face_comes_into_the_middle(recipe: str) -> None:
    result = Image.new_from_buffer(rendering(recipe, picture("face.jpg")).body, "")
    left, top, width, height, _ = face_in(result.resize(3).copy_memory())

    # High up in the picture as it is, the face cannot always come down to the middle.
    assert near((result.width / 2,), ((left + width / 2) / 3,), result.width * 0.08)
    assert (top + height / 2) / 3 < result.height * 0.6


def test_a_zoom_shows_more_or_less_of_the_head() -> None:
    def share(zoom: str) -> float:
        body = rendering(f"c_thumb,g_face,h_300,w_300,z_{zoom}", picture("face.jpg")).body
        return face_in(Image.new_from_buffer(body, ""))[3] / 300

    assert near((0.35, 0.5, 0.7), (share("0.7"), share("1"), share("1.4")), 0.08)


def test_eyes_are_in_the_upper_half_of_the_face() -> None:
    spot = gravity.region("eyes", ((100, 100, 50, 100, 90),), Frame(500, 500))

    assert Spot(Rect(105, 128, 40, 26), "adv_eyes", gravity.AROUND_FACE) == spot


def on_canvas(plan: RenderPlan) -> tuple[Rect | Focus, tuple[int, int], tuple[int, int, int, int]]:
    """The cut, what it is scaled to, and where it lies on which canvas."""
    cut, canvas = plan.operations
    assert isinstance(cut, Resample)
    assert isinstance(canvas, Canvas)
    return cut.window, (cut.width, cut.height), (canvas.left, canvas.top, canvas.width, canvas.height)


SMALL = ImageInfo("png", 500, 400)
"""Looked at as it is: what draws the eye is looked for in 512 pixels at the most."""


@pytest.mark.parametrize(
    ("recipe", "row", "cut", "size", "canvas"),
    [
        # The subject is 300 high, and no cut of 4:1 is: 125.
        ("c_fill_pad,h_50,w_200", (50, 25, 150, 300, 0), Rect(0, 25, 500, 300), (83, 50), (58, 0, 200, 50)),
        ("c_auto_pad,h_50,w_200", (50, 25, 150, 300, 0), Rect(0, 25, 500, 300), (83, 50), (58, 0, 200, 50)),
        # 350 wide, and no cut of 1:2 is: 200.
        ("c_fill_pad,h_100,w_50", (50, 25, 350, 150, 0), Rect(50, 0, 350, 400), (50, 57), (0, 21, 50, 100)),
        # A face has its head around it, 150 high together; what draws the eye is taken as it is.
        (
            "c_fill_pad,g_auto:face,h_50,w_200",
            (200, 100, 50, 150, 0),
            Rect(0, 100, 500, 150),
            (167, 50),
            (16, 0, 200, 50),
        ),
        (
            "c_fill_pad,g_auto:face,h_50,w_200",
            (200, 100, 50, 75, 1),
            Rect(0, 62.5, 500, 150),
            (167, 50),
            (16, 0, 200, 50),
        ),
    ],
)
def test_least_padding(
    recipe: str, row: tuple[float, ...], cut: Rect, size: tuple[int, int], canvas: tuple[int, ...]
) -> None:
    expected = (cut, size, canvas)

    assert expected == on_canvas(answered(recipe, SMALL, rows=(row,)))


@pytest.mark.parametrize(
    ("recipe", "row", "expected"),
    [
        ("c_fill_pad,h_50,w_200", (50, 25, 150, 100, 0), Rect(0, 12.5, 500, 125)),
        ("c_auto_pad,h_50,w_200", (50, 25, 150, 25, 0), Rect(25, 12, 200, 50)),
        ("c_auto,h_50,w_50", (50, 25, 150, 100, 0), Rect(50, 0, 150, 150)),
        # Never tighter than what is enough without enlarging.
        ("c_auto,h_50,w_50", (50, 25, 15, 10, 0), Rect(32, 5, 50, 50)),
        # Never more than there is.
        ("c_auto,h_50,w_50", (0, 0, 500, 400, 0), Rect(50, 0, 400, 400)),
        # Faces come first, unless they are left out: the answer says which it is.
        ("c_auto,h_50,w_50", (200, 100, 50, 75, 1), Rect(150, 62.5, 150, 150)),
        ("c_auto,g_south_west,h_50,w_50", (0, 0, 9, 9, 0), Rect(0, 0, 400, 400)),
    ],
)
def test_best_cut(recipe: str, row: tuple[float, ...], expected: Rect) -> None:
    (operation,) = answered(recipe, SMALL, rows=(row,)).operations
    assert isinstance(operation, Resample)

    assert expected == operation.window


@pytest.mark.parametrize(
    ("recipe", "argument"),
    [
        ("c_auto,h_9,w_9", "faces"),
        ("c_auto_pad,g_auto,h_9,w_9", "faces"),
        ("c_auto,g_auto:adv_face,h_9,w_9", "face"),
        ("c_auto,g_cat:adv_eyes:auto,h_9,w_9", "eyes"),
        ("c_auto,g_auto:none,h_9,w_9", ""),
        ("c_fill_pad,g_auto:faces_avoid,h_9,w_9", ""),
    ],
)
def test_faces_are_the_subject_unless_left_out(recipe: str, argument: str) -> None:
    with pytest.raises(Unsettled) as lacking:
        make_plan(parse(recipe), SMALL)
    question = lacking.value.question
    assert question is not None

    assert ("attention", argument) == (question.kind, question.argument)


def test_a_portrait_keeps_its_head() -> None:
    """The strongest colours are below the chin."""
    result = Image.new_from_buffer(rendering("c_auto_pad,h_60,w_200", picture("face.jpg")).body, "")

    assert face_in(result.resize(4).copy_memory())


def spotted(left: int, top: int, width: int, height: int) -> Image:
    return patch((90, 92, 94), 400, 300).insert(patch((250, 40, 60), width, height), left, top)


@pytest.mark.parametrize("box", [(40, 30, 60, 40), (250, 200, 90, 60), (10, 120, 380, 30), (180, 5, 30, 290)])
@pytest.mark.parametrize("alpha", [False, True])
def test_what_draws_the_eye(box: tuple[int, int, int, int], alpha: bool) -> None:
    image = spotted(*box)
    row = LOOKS["attention"](image.addalpha() if alpha else image, "")[0]

    # The box is of the most of it: its middle is right, and it is no larger by more than a soft edge.
    middle = (row[0] + row[2] / 2, row[1] + row[3] / 2)
    assert near((box[0] + box[2] / 2, box[1] + box[3] / 2), middle, max(box[2:]) * 0.25 + 5)
    assert row[2] <= box[2] + 20
    assert row[3] <= box[3] + 20


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 500), (900, 2)])
def test_what_draws_the_eye_in_next_to_nothing(size: tuple[int, int]) -> None:
    left, top, width, height, _ = LOOKS["attention"](patch((9, 99, 199), *size), "faces")[0]

    assert (0 <= left, 0 <= top, left + width <= size[0] + 1, top + height <= size[1] + 1) == (True,) * 4


def test_nobody_is_moved_by_a_turned_phone() -> None:
    """What is looked at is upright."""
    stored = portrait().rot90().copy()
    stored.set_type(GValue.gint_type, "orientation", 8)
    result = rendering("c_thumb,g_face,h_120,w_120/f_png", stored.jpegsave_buffer(Q=90)).body

    assert near((60, 60), _middle(Image.new_from_buffer(result, "")), 12)


def _middle(image: Image) -> tuple[float, float]:
    left, top, width, height, _ = face_in(image.resize(3).copy_memory())
    return (left + width / 2) / 3, (top + height / 2) / 3
