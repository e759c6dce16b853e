"""A wire that can be cut."""

import socket
import threading

from blissh.link import ready


class Proxy:
    """Passes connections on to an address on this machine."""

    def __init__(self):
        self.target = 0  # port
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                here.close()
                continue
            self.pairs.append((here, there))
            threading.Thread(target=self.carry, args=(here, there), daemon=True).start()

    def carry(self, here, there):
        """Passes on what comes from either side, until one ends."""
        other = {here: there, there: here}
        try:
            while True:
                for s in ready([here, there], None):
                    data = s.recv(1 << 16)
                    if not data:
                        return
                    other[s].sendall(data)
        except OSError:
            pass
        finally:
            here.close()
            there.close()

    def cut(self):
        """Ends all connections; new ones are welcome."""
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
