"""`python -m lcapp`: the verbs on a command line.

Answers go to stdout, progress and errors to stderr. Exit code 0, or 2 with one line that says
what is wrong and what to do. Nothing ends in a traceback: what nobody foresaw is kept in a file.
"""

import json
import os
import sys
from collections.abc import Sequence

from lcapp import __version__
from lcapp.command.bench import BENCH
from lcapp.command.evaluate import EVALUATE
from lcapp.command.hub import FETCH, PUSH, RELEASE
from lcapp.command.inventory import INFO, MODELS, SCENES
from lcapp.command.join import JOIN
from lcapp.command.parser import Parser
from lcapp.command.place import FETCH_PLACE
from lcapp.command.predict import PREDICT
from lcapp.command.report import show_any_letter, unforeseen
from lcapp.command.reproduce import REPRODUCE
from lcapp.command.simulate import SIMULATE
from lcapp.command.survey import SURVEY
from lcapp.command.table import TABLE
from lcapp.command.toy import TOY
from lcapp.command.train import TRAIN
from lcapp.command.verb import Verb
from lcapp.command.zone.verb import ZONE
from lcapp.errors import LcappError
from lcapp.reasons import is_known, refusal

VERBS = (
    *(INFO, SCENES, MODELS, SURVEY, PREDICT, ZONE, SIMULATE, TRAIN, EVALUATE, BENCH),
    *(REPRODUCE, TABLE, JOIN, TOY),
    *(FETCH_PLACE, FETCH, RELEASE, PUSH),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    show_any_letter()
    asked = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = _parser().parse_args(asked)
        verb: Verb = options.verb
        answer = verb.run(options)
        text = (
            json.dumps(answer, indent=1, ensure_ascii=False) if options.json else verb.show(answer)
        )
        print(text, flush=True)
    except LcappError as error:
        return _refused(str(error))
    except KeyboardInterrupt:
        return _refused("interrupted; nothing is half-written")
    except BrokenPipeError:
        # The reader (`| head`) has gone; keep Python from complaining once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MemoryError:
        return _refused(
            "there is not enough memory for this; use a smaller scene, window or batch, or close "
            "other programs"
        )
    except ModuleNotFoundError as error:
        return _refused(
            f"the package {error.name} is not installed; install what requirements.txt lists"
        )
    except Exception as error:
        if isinstance(error, OSError) and is_known(error):
            return _refused(str(refusal(error)))
        return _refused(unforeseen(error, asked))
    return 0


def _refused(sentence: str) -> int:
    print(f"lcapp: {sentence}", file=sys.stderr)
    return 2


def _parser() -> Parser:
    parser = Parser(
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
