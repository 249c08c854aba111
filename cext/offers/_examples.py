"""What the worked examples of several kinds have in common."""

from __future__ import annotations

from cext.lang.basket import Basket, BasketLine

PIECE = 1000


def basket_of(**pieces: int) -> Basket:
    """A basket of whole pieces, one line an item."""
    return Basket(
        lines=tuple(
            BasketLine(line=line, item=item, quantity=pieces_n * PIECE)
            for line, (item, pieces_n) in enumerate(pieces.items(), start=1)
        )
    )
