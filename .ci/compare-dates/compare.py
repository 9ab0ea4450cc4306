"""Compares what the grammar makes of dates with npm chrono-node and PyPI dateparser.

The phrases and their meanings are the rows of sdk/model/src/grammar/dates/tests.rs. Prints every difference with why it
is there, as a table, and fails for one that nobody has explained: that is a bug, here or in the table below.

    npm install chrono-node@2.10.3 && pip install dateparser==1.5.0 && python .ci/compare-dates/compare.py
"""

import datetime
import pathlib
import re
import subprocess
import sys
import warnings

import dateparser

HERE = pathlib.Path(__file__).parent
TESTS = HERE.parent.parent / "sdk/model/src/grammar/dates/tests.rs"
NOW = datetime.datetime(2026, 7, 15, 17, 0)
STRING = r'"((?:[^"\\]|\\.)*)"'
ROW = re.compile(rf"\(\s*{STRING},\s*{STRING},\s*{STRING},?\s*\)")

# What is refused here: the others take one of several readings, or make something up.
REFUSED = {
    "Ambiguous": "can be read in two ways, and is refused with both",
    "Impossible": "does not exist, and is never another day",
    "NotUnderstood": "is no date: a part would be left out, or a number taken for a day",
    "Repeat": "says how something repeats",
    "OutOfRange": "is not in the years 1 to 9999",
    "UnknownZone": "has a zone that does not exist",
}
PERIOD = "a period begins with its first day, not as far into it as today is"
THIS = "`this` is of the current week, past or not, and said to be past"
ZONE = "a time with a zone keeps both, and does not become an instant in another"
ORDINAL = "the first such day from today on"
PART = "a part of the day is a time: 9:00, 12:00, 19:00, 22:00"
NEXT = "`next` is of next week"

EXPLAINED = {
    **dict.fromkeys(
        ["next week", "next month", "next quarter", "next year", "last week", "last month", "this week", "this month",
         "this year", "2026-12", "2026-q3", "q2 2028", "july", "in august", "june", "june 2026", "next week 9am"], PERIOD),
    **dict.fromkeys(["this monday", "this wed"], THIS),
    **dict.fromkeys(["next friday", "next sunday", "next fri 6:30pm"], NEXT),
    **dict.fromkeys(["last friday", "last wednesday"], "forwardDate turns `last` round"),
    **dict.fromkeys(["3rd", "14th", "1st", "31st of the month"], ORDINAL),
    **dict.fromkeys(
        ["morning", "afternoon", "evening", "night", "tonight", "tonight at 8", "tomorrow morning at 8", "this evening",
         "this morning", "friday in the evening", "tomorrow night"], PART),
    **dict.fromkeys(["4pm", "17:00"], "a time alone is today only if it is still to come"),
    **dict.fromkeys(["at 18", "tomorrow at 16", "tomorrow 9.30"], "dateparser drops the time, or takes it for a day"),
    **dict.fromkeys(["2 weeks from today", "3 days after tomorrow"], "dateparser takes `today` or drops the amount"),
    **dict.fromkeys(["1.8.", "on 9.12"], "dots stand between a day and a month, in that order"),
    "jul 15": "today is not past",
    "Mon 13 Jul": "lists print a day of this year so: the weekday says which year it is",
    "+1y2m": "behind years `m` is months",
    "0001-01-01": "chrono-node writes the year with one digit",
}


def ours(meaning):
    """The first day of a period; whether it is past does not matter here."""
    return meaning.removesuffix(" past").split("..")[0]


def wall_clock(text):
    return re.sub(r"(?<=:\d\d)(Z|[+-]\d\d:\d\d|\[.*)$", "", text)


def read_dateparser(phrase, has_time):
    settings = {"RELATIVE_BASE": NOW, "PREFER_DATES_FROM": "future", "TIMEZONE": "America/New_York"}
    found = dateparser.parse(phrase, languages=["en"], settings=settings)
    if found is None:
        return ""
    text = found.replace(tzinfo=None).isoformat()
    # It gives every date the time of now.
    return text if has_time else text[:10]


def main():
    warnings.filterwarnings("ignore")
    rows = ROW.findall(TESTS.read_text(encoding="utf-8"))
    phrases = "".join(f"{phrase}\n" for phrase, _, _ in rows)
    answer = subprocess.run(
        ["node", HERE / "chrono.mjs"], input=phrases, capture_output=True, text=True, check=True
    )
    chrono = answer.stdout.split("\n")
    silent, unexplained = 0, []
    print("| phrase | here | the other | why |\n|---|---|---|---|")
    for (phrase, meaning, _), by_chrono in zip(rows, chrono):
        here = ours(meaning)
        others = {"chrono-node": by_chrono, "dateparser": read_dateparser(phrase, "T" in here)}
        for name, there in others.items():
            if not there:
                silent += here not in REFUSED
            elif there not in (here, wall_clock(here)):
                zone = ZONE if here != wall_clock(here) else None
                why = REFUSED.get(here) or EXPLAINED.get(phrase) or zone
                if why is None:
                    unexplained.append(phrase)
                print(f"| `{phrase}` | {here} | {there} ({name}) | {why or '**unexplained**'} |")
    print(f"\n{len(rows)} phrases; {silent} times one of the others read nothing.")
    if unexplained:
        sys.exit(f"Not explained: {', '.join(unexplained)}")


if __name__ == "__main__":
    main()
