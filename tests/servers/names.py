"""A DNS server on loopback with the records that a test gives it."""

import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class Names(socketserver.ThreadingUDPServer):
    """`records`: text by (name, kind). What is asked for is kept in `asked`; `silent` answers nothing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records: dict[tuple[str, str], list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.silent = False
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def place(self) -> str:
        return "{}:{}".format(*self.server_address[:2])

    def text(self, name: str, *values: str) -> None:
        """TXT records, in strings of 255 characters as DNS has them."""
        self.records[name, "TXT"] = [
            " ".join(f'"{value[start : start + 255]}"' for start in range(0, len(value), 255))
            for value in values
        ]

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(socketserver.BaseRequestHandler):
    server: Names

    def handle(self) -> None:
        data, line = self.request
        question = dns.message.from_wire(data)
        [asked] = question.question
        name, kind = asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)
        self.server.asked.append((name, kind))
        if self.server.silent:
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA | dns.flags.RA
        if values := self.server.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *values))
        elif not any(known == name for known, _kind in self.server.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        line.sendto(answer.to_wire(), self.client_address)
