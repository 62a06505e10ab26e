from customers.imports.kinds.base import Reader


class CustomerReader(Reader): ...
