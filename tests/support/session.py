# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Sessions in a shell, as documentation prints them: commands and what they answer.

    $ cat > greeting <<END
    > hello
    > END
    $ cat greeting missing
    hello
    cat: missing: No such file or directory
    (exit status 1)

A line that begins with `$ ` is a command, `> ` continues it; the rest up to the next command is its
output and its errors, as they came. The last line has an exit status other than 0.
"""

import re
import subprocess

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


class Step:
    """One command and its answer."""

    def __init__(self, command, line):
        self.command = command
        self.line = line
        self.answer = ""

    def text(self, answer):
        return "$ " + self.command.replace("\n", "\n> ") + "\n" + answer


def steps(text, first_line=1):
    """The steps of a session; lines before the first command are not looked at."""
    found = []
    for number, line in enumerate(text.splitlines(), first_line):
        if line.startswith("$ "):
            found.append(Step(line[2:], number))
        elif found and (line == ">" or line.startswith("> ")) and not found[-1].answer:
            found[-1].command += "\n" + line[2:]
        elif found:
            found[-1].answer += line + "\n"
    return found


def fenced_steps(text):
    """The steps of all blocks marked `console` of a page."""
    found = []
    for match in BLOCK.finditer(text):
        found += steps(match.group(1), text.count("\n", 0, match.start(1)) + 1)
    return found


def run(step, folder, env, before=""):
    """What the step's command answers now; `before` is run first, unseen."""
    done = subprocess.run(
        ["bash", "-c", before + step.command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    answer = done.stdout.decode("utf-8", "replace")
    return answer + (f"(exit status {done.returncode})\n" if done.returncode else "")
