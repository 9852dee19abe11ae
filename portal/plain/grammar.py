"""Passive voice, nominal style and the like, told from the forms of words: no dictionary, so only what is nearly
sure is reported."""

from __future__ import annotations

import re

from portal.plain.sentences import Sentence, Token
from portal.plain.vocabulary import KNOWN, rarity

_WERDEN = frozenset("werde wird werden werdet wurde wurden wurdet würde würden".split())
_SEIN = frozenset("ist sind war waren sei seien".split())

_SEPARABLE = (
    "ab|an|auf|aus|bei|dar|durch|ein|fest|frei|her|heraus|hin|hinaus|los|mit|nach|statt|teil|über|um|unter|vor|voraus|vorbei|weg|weiter|wieder|zu"
    "|zurück|zusammen"
)
_PARTICIPLE = re.compile(
    rf"(?:(?:{_SEPARABLE})?ge[a-zäöüß]{{2,}}(?:t|en)"
    rf"|(?:{_SEPARABLE})?(?:be|er|ver|zer|ent|emp)[a-zäöüß]{{2,}}t"
    r"|[a-zäöüß]{3,}iert)"
)
_STRONG = frozenset(
    "erhoben verboten angeboten vergeben übernommen unternommen beschrieben verschrieben entschieden beschlossen"
    " entnommen empfohlen erlassen"
    " entlassen verlassen vertreten betrieben verstanden bestritten verwiesen nachgewiesen erwiesen überwiesen"
    " bewiesen beraten verloren verschoben"
    " unterschrieben überschritten unterbrochen besprochen versprochen bezogen entzogen erzogen einbezogen"
    " unterhalten behalten enthalten".split()
)
"""Participles in -en without ge-: in form no different from infinitives, so they are named."""

_NO_PARTICIPLE = frozenset(
    "gehen geben gehören gewinnen genießen gelingen gefallen gestalten gebrauchen gewöhnen genügen geraten gelten"
    " geschehen gelangen gesellen gegen"
    " gestern gesamt gesamten gemeinsamen geraden geheimen gesunden geeignet bereit bekannt berühmt beliebt erst"
    " ernst vielleicht bestimmt insgesamt"
    " überhaupt jetzt echt berechtigt verschiedenen gewohnt verheiratet alleinerziehend verletzt verliebt verwandt"
    " entfernt getrennt begeistert"
    " begeisert verrückt geschickt gelassen gern geld gut".split()
)

_ZU_INFINITIVE = re.compile(rf"(?:{_SEPARABLE})zu[a-zäöüß]{{2,}}en")
_CLAUSE_ENDS = frozenset(",;:()–—")
_CLAUSE_STARTS = frozenset("was wie wer wo wann warum ob dass weil wenn".split())

_NOMINAL = re.compile(r".{3,}(?:ung|ungen|heit|heiten|keit|keiten|tion|tionen|ismus|ität|itäten|nahme|nahmen)s?")
MANY_NOMINALS = 2


def find_passive(sentence: Sentence) -> tuple[Token, Token] | None:
    """The auxiliary and the participle of the first passive, in the order of the text: „wird … erhoben“, „bezahlt
    werden“."""
    for clause in _clauses(sentence):
        auxiliaries = [token for token in clause if token.text.lower() in _WERDEN]
        participles = [token for token in clause if is_participle(token)]
        if auxiliaries and participles:
            return _in_order(auxiliaries[0], participles[-1])
    return None


def find_duty(sentence: Sentence) -> tuple[Token, Token] | None:
    """„sind vorzulegen“, „ist nachzuweisen“: somebody has to, and nobody says who."""
    for clause in _clauses(sentence):
        forms = [token for token in clause if token.text.lower() in _SEIN]
        # „Der Weg ist gut zu finden“ is harmless; the official verbs are the separable ones.
        duties = [token for token in clause if _ZU_INFINITIVE.fullmatch(token.text)]
        if forms and duties and clause[-1] in (forms[-1], duties[-1]):
            return _in_order(forms[-1], duties[-1])
    return None


def is_participle(token: Token) -> bool:
    """Whether the word is nearly surely the participle of a passive. Nouns and known adjectives are not."""
    word = token.text
    if word != word.lower() or word in _NO_PARTICIPLE:
        return False
    return word in _STRONG or _PARTICIPLE.fullmatch(word) is not None


def nominals(sentence: Sentence) -> list[Token]:
    """Nouns made of verbs and adjectives, without those everybody knows (Wohnung, Anmeldung, Krankheit)."""
    return [
        word
        for word in sentence.words
        if word.is_capital and "-" not in word.text and _NOMINAL.fullmatch(word.text) and rarity(word.text) > KNOWN
    ]


def _clauses(sentence: Sentence) -> list[list[Token]]:
    clauses: list[list[Token]] = [[]]
    for token in sentence.tokens:
        if token.is_word:
            if token.text in _CLAUSE_STARTS:
                clauses.append([])
            clauses[-1].append(token)
        elif token.text in _CLAUSE_ENDS:
            clauses.append([])
    return [clause for clause in clauses if clause]


def _in_order(one: Token, other: Token) -> tuple[Token, Token]:
    return (one, other) if one.start < other.start else (other, one)
