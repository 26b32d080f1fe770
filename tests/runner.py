"""Tests in a class: each method whose name starts with `test_` runs, `check` counts, and the last line is `N passed, M failed`."""

import argparse
import tempfile


class Runner:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, condition, *shown):
        """Counts; on failure says what was to hold and shows finished processes or values."""
        if condition:
            self.passed += 1
            return
        self.failed += 1
        texts = [f"{one.stdout}{one.stderr}" if hasattr(one, "stdout") else repr(one) for one in shown]
        print(f"FAIL {what}", *["\n" + text[:4000] for text in texts])

    def run_all(self):
        """Returns the exit status: a run without a single check has failed."""
        for name in sorted(name for name in dir(self) if name.startswith("test_")):
            getattr(self, name)()
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def main(description, kind):
    """Runs all tests of a class that is made with the path of evalctl and an empty folder."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalctl", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return kind(options.evalctl, folder).run_all()
