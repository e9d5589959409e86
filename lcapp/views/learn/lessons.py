"""The words of the six steps: what is seen, a question, and the answer with its reason.

They speak to people of 16 to 25 who see a diffusion model for the first time. What depends on the
scene comes from the results; nothing is claimed of them that was not computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lcapp.language import month_name, tr
from lcapp.types.watched import Toy
from lcapp.views.attention.fused import Fused
from lcapp.views.learn.looks import Gaze
from lcapp.views.learn.sensors import Sensors
from lcapp.views.learn.toy import len_of

COUNT = 6
"""Steps."""


def titles() -> tuple[str, ...]:
    """What the steps are called, in their order."""
    return (
        tr("Two sensors"),
        tr("The gap"),
        tr("Into noise"),
        tr("Out of noise"),
        tr("Attention"),
        tr("Fusion"),
    )


@dataclass(frozen=True)
class Lesson:
    """The words of a step.

    Attributes:
        heading: What it is about.
        text: What to do and what to see.
        question: To be thought about before the answer is opened.
        answer: With its reason.
        formula: LaTeX; empty where words are enough.
    """

    heading: str
    text: str
    question: str
    answer: str
    formula: str = ""


def two_sensors(facts: Sensors) -> Lesson:
    """Step 1."""
    return Lesson(
        tr("Two sensors look at one place"),
        tr(
            "An aircraft saw this place **once**, in pixels of {fine:.1f} m: single trees, cars, "
            "roof ridges. The satellite Sentinel-2 saw it again and again, in pixels of "
            "{coarse:.0f} m. Drag through the year: the sharp picture cannot change, the coarse "
            "one does.",
            fine=facts.aerial_gsd,
            coarse=facts.series_gsd,
        ),
        tr(
            "How many pixels of the aerial image lie in one pixel of Sentinel-2? And what does the "
            "satellite know that the aerial image cannot?"
        ),
        tr(
            "**About {count:,}**: {coarse:.0f} m divided by {fine:.1f} m, squared. What the aerial "
            "image cannot know is **time**: it is one day, the series has {dates} clear dates in "
            "{months} months. Two fields that are equally green on the day of the flight may be "
            "bare at different times of the year, and that tells crops and kinds of trees apart.",
            count=facts.in_one,
            coarse=facts.series_gsd,
            fine=facts.aerial_gsd,
            dates=facts.dates,
            months=facts.months,
        ),
    )


def the_gap(facts: Sensors) -> Lesson:
    """Step 2."""
    return Lesson(
        tr("How far is it from 10 m to 1.6 m?"),
        tr(
            "Make the pixels of the aerial image wider until they are those of the satellite. "
            "What goes first? Super-resolution has to go back that way: for each number that was "
            "measured it must find **{guessed}**.",
            guessed=facts.guessed,
        ),
        tr("A farm track is 4 m wide. Up to which width of a pixel can you still follow it?"),
        tr(
            "Up to about **2 m**: a thing needs two pixels across to keep its shape (the sampling "
            "theorem). At {coarse:.0f} m the track and the fields beside it become one **mixed "
            "pixel**. That is why {fine:.1f} m is the goal: tracks, hedges and houses have their "
            "own pixels again. Nothing in the one measured number says where in its square the "
            "track lies: it must come from elsewhere, from the aerial image or from what the "
            "network has seen in training.",
            coarse=facts.series_gsd,
            fine=facts.sr_gsd,
        ),
    )


def into_noise(k: int, length: int, detail: bool) -> Lesson:
    """Step 3.

    Args:
        k: The timestep from which on there is more noise than signal.
        length: K.
        detail: What a month has beyond its interpolation is put into noise, not the month.
    """
    what = (
        tr(
            "Here it is the **detail** alone, on which models like this one work: what a month "
            "has beyond its interpolation, doubled; grey is none."
        )
        if detail
        else tr("Here it is the whole month, as in models that make pictures out of nothing.")
    )
    return Lesson(
        tr("Forward: a picture drowns in noise"),
        tr(
            "A diffusion model is taught on pictures that are spoilt on purpose: a share of the "
            "picture plus a share of noise. Drag k from 0 to {last}."
            " No network is at work yet. {what}",
            last=length - 1,
            what=what,
        ),
        tr("From which k on is there more noise than signal? Can you still see what the place is?"),
        tr(
            "**k = {k}**: there the curves cross, at 0.71 each. Their squares, the powers, sum up "
            "to 1, so the picture never gets brighter on the way. You still see large fields there "
            "although single pixels say nothing: your eye averages over many. To tell the "
            "noise from the land by what is around it is exactly what the network learns.",
            k=k,
        ),
        r"x_k = \sqrt{\bar\alpha_k}\;x_0 + \sqrt{1-\bar\alpha_k}\;\varepsilon,"
        r"\qquad \varepsilon \sim \mathcal N(0, 1)",
    )


def out_of_noise(sampler: str, leaps: bool, differ: Sequence[float]) -> Lesson:
    """Step 4, a month.

    Args:
        sampler: Its name.
        leaps: Each of its steps leads to the end.
        differ: Mean difference of two seeds at each step, reflectance; empty before they are there.
    """
    way = (
        tr(
            "The sampler **{sampler}** leaps: each estimate is already a whole month, then "
            "fresh noise is added and it leaps again.",
            sampler=sampler,
        )
        if leaps
        else tr(
            "The sampler **{sampler}** walks: at each step it takes a little of the noise away "
            "that the network has found.",
            sampler=sampler,
        )
    )
    found = (
        tr("On average the two results differ by **{far:.4f}** reflectance here. ", far=differ[-1])
        if differ
        else ""
    )
    return Lesson(
        tr("Backward: two seeds find their way out"),
        tr(
            "Same place, same month, two different noises. In each step the network says which "
            "part of xₖ is noise; what is left is its estimate of x₀. {way}",
            way=way,
        ),
        tr(
            "Both results come from the same Sentinel-2 pixels and the same aerial image. Where do "
            "they differ, and why?"
        ),
        found
        + tr(
            "They differ most where **neither image says** what is there: textures, edges that the "
            "two sensors see differently. Where the aerial image decides, they agree. So a single "
            "sharp picture is **one of several possible ones**; the spread over seeds says how "
            "far to trust it, and the mean of many seeds is nearer to the truth, but smoother."
        ),
        r"\hat x_0 = \frac{x_k - \sqrt{1-\bar\alpha_k}\;\varepsilon_w(x_k, k, z)}"
        r"{\sqrt{\bar\alpha_k}}",
    )


def toy_lesson(toy: Toy | None) -> Lesson:
    """Step 4, the toy."""
    told = ""
    if toy is not None:
        few, more, many = (toy.paths["ddim", steps].off for steps in (1, 4, 32))
        leap = toy.paths["consistency", 1].off
        told = tr(
            " Measured here: ddim ends {few:.2f} beside the moons with one step, {more:.2f} with "
            "4 and {many:.2f} with 32; consistency {leap:.2f} with one; ancestral {all:.2f} with "
            "{steps}.",
            few=few,
            more=more,
            many=many,
            leap=leap,
            all=toy.ancestral.off,
            steps=len_of(toy),
        )
    return Lesson(
        tr("A diffusion small enough to be watched"),
        tr(
            "The same samplers, but a “picture” is a point in the plane and all right pictures "
            "lie on two half moons. The network was trained on this computer, in seconds. Thin "
            "lines: the path in very small steps. Orange: the path that is taken."
        ),
        tr(
            "With one step ddim ends in the middle, between the moons. Why there? And why do "
            "few steps bend?"
        ),
        tr(
            "Out in the noise the network cannot know which moon a point belongs to. Its best "
            "guess is the **mean of all that is possible**: the middle. A step is straight and "
            "goes where the guess points *now*; nearer to the end the guess moves to one of the "
            "moons, and the path must bend. Small steps follow the bend, large ones cut "
            "through it and end beside the moons. **dpm++** takes the last two guesses "
            "to foresee the bend. **consistency** uses a network that was taught where each path "
            "*ends*, so it may leap. **ancestral** puts fresh noise in after each step, "
            "so its mistakes are forgotten, but needs all the steps.{told}",
            told=told,
        ),
    )


def attention(found: Gaze, month: int) -> Lesson:
    """Step 5."""
    return Lesson(
        tr("Attention: where does a pixel look?"),
        tr(
            "Move over the aerial image. Each square of {square:.1f} m asks the super-resolved "
            "months, drawn here over {month}: “who knows something about me?” Bright is where it "
            "looks most; beside it, how the months weigh there.",
            square=found.square,
            month=month_name(month),
        ),
        tr("Does a square look only at its own spot? Try a roof, a field, an edge of a wood."),
        tr(
            "No. Half of the attention lies within **{near:.0f} to {far:.0f} m**, depending on the "
            "square. Each compares its question (query) with what every pixel offers (key); the "
            "weights are made to sum up to 1, and the answer is the mean of the values by these "
            "weights. So a pixel gathers hints from others that look *alike*, "
            "not only from those that are near. But a weight tells what was looked "
            "at, **not** what decided: the page Attention checks that by leaving months out.",
            near=float(found.half.min()),
            far=float(found.half.max()),
        ),
        r"\text{answer} = \operatorname{softmax}\!\left(\frac{Q K^{\top}}{\sqrt d}\right) V",
    )


def fusion(found: Fused) -> Lesson:
    """Step 6."""
    moves = "; ".join(
        tr("{before} became {after} ({area:,.0f} m²)", before=before, after=after, area=area)
        for before, after, area in found.moves
    )
    right = ""
    if found.right is not None and found.right_without is not None:
        right = tr(
            " Of the pixels with a reference **{without:.1%}** are right without the series and "
            "**{right:.1%}** with it.",
            without=found.right_without,
            right=found.right,
        )
    changed = (
        tr("**{share:.1%}** of this place: {moves}.", share=found.changed, moves=moves)
        if found.moves
        else tr("Nowhere in this place.")
    )
    return Lesson(
        tr("Fusion: one map out of both"),
        tr(
            "Left of the handle the map without what the series answered, right of it the map with "
            "it. Drag the handle, and click a pixel to see its probabilities."
        ),
        tr(
            "Where does the series change the class? Could a person have told it from the "
            "aerial image?"
        ),
        changed
        + right
        + tr(
            " Edges and small things come from the aerial image, which is sharp; what has "
            "the same colour on the day of the flight and another year comes from the series. "
            "(“Without” sets the answer of the series to 0 in a network that was never trained "
            "so: it shows what hangs on the series, not the best map of an aerial image alone.)"
        ),
    )
