"""What the library `implicit` recommends, in its own virtual environment: arrays in, lists of products out."""

import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from scipy import sparse

MODELS = {
    "als": lambda: AlternatingLeastSquares(
        factors=64, regularization=0.05, alpha=20, iterations=20, random_state=1
    ),
    "bm25": lambda: BM25Recommender(K=100),
    "cosine": lambda: CosineRecommender(K=100),
}


def main(source: str, target: str) -> None:
    """`person` and `product` number rows and columns; `weight` says how much a purchase counts; `asked` are rows."""
    given = np.load(source)
    cells = (given["weight"], (given["person"], given["product"]))
    matrix = sparse.csr_matrix(cells, dtype=np.float32)
    plain = matrix.copy()
    plain.data[:] = 1
    told = {}
    for name, model in MODELS.items():
        for kind, data in (("plain", plain), ("decayed", matrix)):
            told[f"{name}_{kind}"] = recommended(model(), data, given["asked"], int(given["most"]))
    np.savez(target, **told)


def recommended(model, data, asked, most):
    model.fit(sparse.csr_matrix(data), show_progress=False)
    return model.recommend(asked, data[asked], N=most, filter_already_liked_items=True)[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
