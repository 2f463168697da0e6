"""`cpp-worker --from locustfile.py`: writes the skeleton of a Python locustfile in C++.

usage: python3 from_python LOCUSTFILE.py INCLUDE_DIR

The skeleton goes to standard output. Exit code 3: it can't be written; standard output has the reason.
The file is parsed with Python's `ast`. It is not imported, so none of its code runs.
"""

import sys

MINIMUM = (3, 9)


def main(arguments):
    if sys.version_info < MINIMUM:
        print("Python %d.%d is too old. --from needs Python %d.%d or later." % (sys.version_info[:2] + MINIMUM))
        return 3
    import skeleton  # not before the check: its syntax needs that version

    locustfile, include_dir = arguments
    try:
        text = skeleton.skeleton_of(locustfile, include_dir)
    except skeleton.UnreadableLocustfile as error:
        print(error)
        return 3
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
