"""`python -m lcapp`: the verbs on a command line.

Answers go to stdout, progress and errors to stderr. Exit code 0, or 2 with one line that says
what is wrong and what to do.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from lcapp import __version__
from lcapp.command.bench import BENCH
from lcapp.command.evaluate import EVALUATE
from lcapp.command.hub import FETCH, PUSH, RELEASE
from lcapp.command.inventory import INFO, MODELS, SCENES
from lcapp.command.predict import PREDICT
from lcapp.command.simulate import SIMULATE
from lcapp.command.survey import SURVEY
from lcapp.command.train import TRAIN
from lcapp.command.verb import Verb
from lcapp.command.zone.verb import ZONE
from lcapp.errors import LcappError

VERBS = (
    *(INFO, SCENES, MODELS, SURVEY, PREDICT, ZONE, SIMULATE, TRAIN, EVALUATE, BENCH),
    *(FETCH, RELEASE, PUSH),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    options = _parser().parse_args(arguments)
    verb: Verb = options.verb
    try:
        answer = verb.run(options)
        text = (
            json.dumps(answer, indent=1, ensure_ascii=False) if options.json else verb.show(answer)
        )
        print(text, flush=True)
    except LcappError as error:
        print(f"lcapp: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lcapp: interrupted; nothing is half-written", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (`| head`) has gone; keep Python from complaining once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lcapp",
        description="Land cover from an aerial image and a super-resolved Sentinel-2 year.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        one = verbs.add_parser(verb.name, help=verb.text, description=verb.text)
        verb.arguments(one)
        one.add_argument("--json", action="store_true", help="answer in JSON")
        one.set_defaults(verb=verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())
