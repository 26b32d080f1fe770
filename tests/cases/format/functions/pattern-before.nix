args@{a,...}:a
