"""No test waits for ever: whatever it starts has a time-out of its own, besides pytest's for each test."""

import ast
import configparser
from pathlib import Path

TESTS = Path(__file__).parents[1]
WAITS = {"subprocess.run", "subprocess.check_output", "subprocess.check_call", "subprocess.call"}


def calls():
    for file in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{file.relative_to(TESTS)}:{node.lineno}", node


def test_every_process_a_test_starts_has_a_time_out():
    started = [(at, call) for at, call in calls() if ast.unparse(call.func) in WAITS]
    assert len(started) > 10
    assert [at for at, call in started if "timeout" not in {word.arg for word in call.keywords}] == []


def test_every_test_waits_for_processes_threads_and_answers_with_a_time_out():
    waits = [
        at
        for at, call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"wait", "communicate", "join"}
        and not call.args
        and not call.keywords
        # `", ".join()` does not exist without an argument; a sweep's store joins parts, and waits for nobody.
        and "Store(" not in ast.unparse(call.func)
        and ast.unparse(call.func) != "second.join"
    ]
    assert waits == []


def test_pytest_itself_stops_a_test_that_hangs():
    settings = configparser.ConfigParser()
    settings.read(TESTS.parent / "setup.cfg", encoding="utf-8")
    assert 0 < settings.getint("tool:pytest", "timeout") <= 1800
