"""The code of a Merkzettel that is handed on: six signs that can be read out on the telephone and copied by hand.

ALPHABET has 22 signs: no vowels, so that no code is a word, and of signs that look alike only one (8 but no B, 5 but no
S, 2 but no Z, 6 but no G, D but no O, Q and 0; 1, I and L not at all). Six of them are 22**6 = 113,379,904 codes,
26.8 bits, drawn by `secrets`.

How likely is it that somebody finds a list by trying? With 10,000 lists alive all the time, more than a Kreis ever has,
one try in 11,338 is a hit. Tries that find nothing are counted (portal.referrals.opening): 10 a day from one address, and
after 60 from all together only one from each, for each of the two workers. In the 30 days that a list lives
* one address has 600 tries: a chance of 5 % to see one list of the 10,000 (0.2 % with 300 lists, ten handed on a day),
* a hundred addresses have about 9,600 tries (120 and then some 200 a day): 57 % (2.5 % with 300 lists),
* one rented IPv6 /48, which is 65,536 addresses here, has 18,000 tries (300 a day): 80 % (4.7 % with 300 lists).
One certain list is found with 9,600 tries in one of 11,800 cases. And what is found is public: numbers of offers, a
language, one of five fixed sentences. To stop everybody after a number of misses would let a stranger close all lists.
"""

from __future__ import annotations

import secrets

ALPHABET = "23456789CDFHJKMNPRTVWX"
LENGTH = 6
_MEANT = str.maketrans({"B": "8", "S": "5", "Z": "2", "G": "6", "O": "D", "0": "D", "Q": "D", "U": "V", "Y": "V"})
"""Signs that are in no code, and the only one of a code that looks like them. 1, I and L could be J, T or 7."""


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str | None:
    """The code that somebody means who types this; None where it cannot be one.

    Small letters, spaces, hyphens and dots do not matter; signs that look like one of a code are taken for that.
    """
    text = "".join(char for char in typed[:40].upper() if char not in " \t\r\n\u00a0-–_.")
    code = text.translate(_MEANT)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def shown(code: str) -> str:
    """In two groups, as people read it: "234 CDF"."""
    return f"{code[:3]} {code[3:]}"


def spelled(code: str) -> str:
    """One sign after the other, as a screen reader is to say it: "2, 3, 4, C, D, F"."""
    return ", ".join(code)
