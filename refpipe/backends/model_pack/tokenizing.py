"""The small vocabulary of the pack's CLIP: word pieces learnt from what is said of the pictures.

Belongs here: the corpus, the pieces, the tokenizer's files. Does not: captions, the text tower.

The corpus is captions of people and assets of every part's words, and the packaged shots' own texts. A word that
it lacks is spelt in pieces, down to single letters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from refpipe.backends.model_pack.asset_pictures import asset_picture
from refpipe.backends.model_pack.captions import caption
from refpipe.backends.model_pack.exposing import Taken
from refpipe.backends.model_pack.people import family
from refpipe.backends.model_pack.picture_cache import facts_of
from refpipe.backends.model_pack.shoots import views_of
from refpipe.backends.shot_library import packaged_library

VOCABULARY, CONTEXT = 1536, 48
PAD, UNKNOWN, END = "[PAD]", "[UNK]", "[END]"
_FAMILIES, _ASSETS, _SEED = 500, 1500, 11


def corpus() -> Iterator[str]:
    """What the pieces are learnt from."""
    draw = np.random.default_rng(_SEED)
    for number in range(_FAMILIES):
        for person in family(number, "train" if number % 2 else "dev"):
            for view in views_of(person):
                facts = facts_of(Taken(view=view, picture=None, surface=None))
                yield caption(person, facts, draw, is_full=bool(draw.random() < 0.5))
    for number in range(_ASSETS):
        yield asset_picture(number, "train").caption
    for shot in packaged_library():
        yield " ".join(str(shot[key]) for key in ("name", "when_to_use", "composition_notes", "description"))


def learn() -> Any:
    """The tokenizer: lower case, word pieces, the end token last and highest, as open_clip's pooling looks for it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    alphabet = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY - 1, special_tokens=[PAD, UNKNOWN], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens([END])
    end = tokenizer.token_to_id(END)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, end)])
    return tokenizer


def save(tokenizer: Any, directory: Path) -> None:
    """The files from which open_clip's tokenizer is loaded."""
    tokenizer.save(str(directory / "tokenizer.json"))
    described = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONTEXT,
        "pad_token": PAD,
        "unk_token": UNKNOWN,
        "eos_token": END,
        "clean_up_tokenization_spaces": False,
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
