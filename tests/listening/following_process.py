"""A process that follows the catalogue of the tests' database and says what it answers, line by line:
`python -m tests.listening.following_process <database> <seconds between polls> <posts as JSON> <kernel or plain>`."""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    from analytics.listening.catalogue.following import Follower
    from analytics.listening.engine import compile_matcher
    from analytics.listening.engine.plain import PlainMatcher
    from analytics.listening.facts import Readable

    posts = [Readable(text) for text in json.loads(sys.argv[3])]
    follower = Follower(PlainMatcher if sys.argv[4] == "plain" else compile_matcher, poll_s=float(sys.argv[2]))
    follower.start()
    said = ""
    while True:
        index = follower.index
        answers = [[key for key, _ in found] for found in index.matcher.pairs(posts)]
        line = json.dumps([index.change, answers])
        if line != said:
            said = line
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
