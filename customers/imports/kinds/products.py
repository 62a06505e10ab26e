from customers.imports.kinds.base import Reader


class ProductReader(Reader): ...
