"""Search in memory: words by their beginnings, and words spelt much alike by their trigrams."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from repositories.ports.read_model_reader import MARK_END, MARK_START, Match, MatchKind
from repositories.ports.read_model_rows import ClaimSummary

SIMILARITY_MIN = 0.5
_ENDINGS = re.compile(r"(euses?|eux|es|s|e|x)$")
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    _WORD.findall("à au aux ce ces d de des du elle en et il l la le les ma mon ne pas que qui sur un une")
)


def find(words: Sequence[str], claims: Sequence[ClaimSummary], kind: MatchKind | None) -> list[Match]:
    """The claims that match, in the order given; `kind` None: by text and, where that finds none, by similarity."""
    wanted = [fold(word) for word in words]
    if kind != "similar":
        found = [match for claim in claims if (match := _text_match(wanted, claim))]
        if found or kind == "text":
            return found
    return [match for claim in claims if (match := _similar_match(wanted, claim))]


def fold(text: str) -> str:
    """Lower case without accents."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _text_match(wanted: Sequence[str], claim: ClaimSummary) -> Match | None:
    stems = [_ENDINGS.sub("", word) or word for word in wanted if word not in _STOP_WORDS]
    texts = (claim.claim_id, claim.customer_id, claim.order_id, claim.product_id, claim.customer_name, claim.resolution)
    words = _WORD.findall(fold(" ".join((claim.description, *(text for text in texts if text)))))
    hits = [sum(word.startswith(stem) for word in words) for stem in stems]
    if not hits or not all(hits):
        return None
    marked = _mark(claim.description, lambda word: any(fold(word).startswith(stem) for stem in stems))
    return Match(claim, "text", sum(hits) / (1 + len(words)), marked)


def _similar_match(wanted: Sequence[str], claim: ClaimSummary) -> Match | None:
    words = _WORD.findall(f"{claim.customer_name or ''} {claim.description}")
    best = [max((similarity(one, fold(word)) for word in words), default=0.0) for one in wanted]
    score = sum(best) / len(best) if best else 0.0
    if score < SIMILARITY_MIN:
        return None
    marked = _mark(claim.description, lambda word: any(similarity(one, fold(word)) >= SIMILARITY_MIN for one in wanted))
    return Match(claim, "similar", score, marked)


def similarity(wanted: str, word: str) -> float:
    """The share of `wanted`'s trigrams that `word` has, 0 to 1: pg_trgm's word_similarity for single words."""
    trigrams = _trigrams(wanted)
    return len(trigrams & _trigrams(word)) / len(trigrams) if trigrams else 0.0


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _mark(text: str, is_match: Callable[[str], bool]) -> str:
    return _WORD.sub(lambda found: f"{MARK_START}{found[0]}{MARK_END}" if is_match(found[0]) else found[0], text)
