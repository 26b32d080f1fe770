#!/usr/bin/env python3
"""Experimental features: what they allow, and what is said without them. What is expected was compared with Nix 2.34.8."""
import argparse
import subprocess
import sys

EMPTY = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
SHA1, SHA256 = "0" * 40, "0" * 64
SRI = "A" * 43 + "="
GIT, BLAKE3, ADDRESSED = "git-hashing", "blake3-hashes", "ca-derivations"


def derivation(attributes):
    return f'(derivation {{ name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; {attributes} }}).drvPath'


def store(digits):
    return f'"/nix/store/{digits}-x.drv"'


# Features that are needed, the expression, and its value.
ALLOWED = [
    ([GIT], derivation(f'outputHashMode = "git"; outputHashAlgo = "sha1"; outputHash = "{SHA1}";'), store("k1iyjxzcsgdb2c7y29xprsji5grwldqh")),
    ([GIT], derivation(f'outputHashMode = "git"; outputHashAlgo = "sha256"; outputHash = "{SHA256}";'), store("gvfc455qgpcjjh311h0lxjq00bgn75lv")),
    ([GIT], derivation(f'__structuredAttrs = true; outputHashMode = "git"; outputHashAlgo = "sha1"; outputHash = "{SHA1}";'),
     store("9kxhbxbdvywzvis71hicgd8rzzfg3pwm")),
    ([GIT], derivation('outputHashMode = "git";'), store("vjzzywxma1nyra6pnfkr49w6702qfh63")),
    ([ADDRESSED, GIT], derivation('__contentAddressed = true; outputHashMode = "git"; outputHashAlgo = "sha1";'), store("zsvr5ggn1r0mnwywqarpxq39n9sdqizp")),
    ([BLAKE3], derivation(f'outputHashMode = "flat"; outputHashAlgo = "blake3"; outputHash = "{SHA256}";'), store("qskyxy1gr4c296c6lxr4wz3rsf5r7kxc")),
    ([BLAKE3], derivation(f'outputHashMode = "nar"; outputHash = "blake3-{SRI}";'), store("7s5nqdq71nigwyi0y4v6523rbhg7jyjd")),
    ([BLAKE3], derivation(f'outputHashMode = "recursive"; outputHash = "blake3:{SHA256}";'), store("bzc5j9g4q2s2qy2fgsrm4qfxj1bq2pqn")),
    ([BLAKE3], derivation('outputHashMode = "flat"; outputHashAlgo = "blake3"; outputHash = "";'), store("qwbmqrx7kivi8hf7mhqpr2fws93xjxg2")),
    ([ADDRESSED, BLAKE3], derivation('__contentAddressed = true; outputHashMode = "nar"; outputHashAlgo = "blake3";'), store("835chjaa9prk64bq0gp4cmlkqxzfbpvq")),
    ([BLAKE3], 'builtins.hashString "blake3" ""', f'"{EMPTY}"'),
    ([BLAKE3], f'builtins.convertHash {{ hash = "blake3:{SHA256}"; toHashFormat = "sri"; }}', f'"blake3-{SRI}"'),
    ([BLAKE3], f'builtins.convertHash {{ hash = "{SHA256}"; hashAlgo = "blake3"; toHashFormat = "nix32"; }}', f'"{"0" * 52}"'),
]
# Features that are on, the expression, and the message.
REFUSED = [
    ([BLAKE3], f'builtins.path {{ path = ./.; sha256 = "blake3:{SHA256}"; }}', f"hash 'blake3:{SHA256}' should have type 'sha256'"),
    ([], f'builtins.path {{ path = ./.; sha256 = "blake3:{SHA256}"; }}', "experimental Nix feature 'blake3-hashes' is disabled"),
    ([GIT], derivation(f'outputHashMode = "git"; outputHashAlgo = "sha512"; outputHash = "{SHA256}{SHA256}";'),
     "Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: sha512"),
    ([], derivation(f'outputHashMode = "bogus"; outputHashAlgo = "sha1"; outputHash = "{SHA1}";'), "invalid value 'bogus' for 'outputHashMode' attribute"),
    ([BLAKE3], derivation(f'outputHash = "blake3:{SHA1}";'), f"hash '{SHA1}' has wrong length for hash algorithm 'blake3'"),
    ([BLAKE3], derivation('outputHash = "blake3-AAAA";'), "invalid SRI hash 'AAAA', length 3 != expected length 32"),
    ([], derivation('outputHash = "blake4-AAAA";'), "unknown hash algorithm 'blake4', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'"),
]


def disabled(feature):
    return f"experimental Nix feature '{feature}' is disabled; add '--extra-experimental-features {feature}' to enable it"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evalctl", required=True)
    evalctl = parser.parse_args().evalctl
    problems, runs = [], 0

    def run(features, expression):
        words = [evalctl, "nix-instantiate", "--eval", "--extra-experimental-features", " ".join(features), "-E", expression]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def check(features, expression, status, expected, stream):
        nonlocal runs
        runs += 1
        done = run(features, expression)
        if done.returncode != status or expected not in getattr(done, stream):
            problems.append(f"{features} {expression}: {done.returncode} {done.stdout}{done.stderr}")

    for features, expression, value in ALLOWED:
        check(features, expression, 0, value, "stdout")
        for missing in features:
            check([f for f in features if f != missing], expression, 1, disabled(missing), "stderr")
    for features, expression, message in REFUSED:
        check(features, expression, 1, message, "stderr")
    for problem in problems:
        print(f"FAIL {problem}")
    print(f"{runs - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
