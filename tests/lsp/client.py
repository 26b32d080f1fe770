"""A client of the language server for tests: speaks the protocol over pipes and checks every message it gets.

`Client.request` waits for the answer; what the server sends meanwhile is kept (`diagnostics`, `notifications`) or
answered. A message that breaks JSON-RPC or the protocol raises ProtocolError.
"""

import json
import pathlib
import queue
import subprocess
import threading
import time
import urllib.parse


class ProtocolError(Exception):
    pass


class RequestError(Exception):
    """An answer with an error."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]


def uri_of(path):
    return "file://" + urllib.parse.quote(str(path))


def path_of(uri):
    return urllib.parse.unquote(uri.removeprefix("file://"))


def need(condition, what, message):
    if not condition:
        raise ProtocolError(f"{what}: {json.dumps(message)[:400]}")


def check_position(value):
    need(isinstance(value, dict), "position", value)
    for key in ("line", "character"):
        need(isinstance(value.get(key), int) and value[key] >= 0, "position", value)


def check_range(value):
    check_position(value["start"])
    check_position(value["end"])
    start, end = value["start"], value["end"]
    need((start["line"], start["character"]) <= (end["line"], end["character"]), "range ends before it begins", value)


def check_ranges_inside(value):
    """Checks everything below `value` that looks like a range."""
    if isinstance(value, dict):
        if "start" in value and "end" in value and isinstance(value["start"], dict):
            check_range(value)
        for part in value.values():
            check_ranges_inside(part)
    elif isinstance(value, list):
        for part in value:
            check_ranges_inside(part)


def check_diagnostic(value):
    check_range(value["range"])
    need(value.get("severity") in (1, 2, 3, 4), "severity", value)
    need(isinstance(value.get("message"), str) and value["message"], "message of a diagnostic", value)
    need(isinstance(value.get("code"), str) and value.get("source") == "evalctl", "code and source", value)


def check_edits(edits):
    """Edits of one document must not overlap."""
    spans = []
    for edit in edits:
        check_range(edit["range"])
        need(isinstance(edit.get("newText"), str), "newText", edit)
        s, e = edit["range"]["start"], edit["range"]["end"]
        spans.append(((s["line"], s["character"]), (e["line"], e["character"])))
    spans.sort()
    for first, second in zip(spans, spans[1:]):
        need(first[1] <= second[0], "edits overlap", edits)


def check_symbol(value):
    need(isinstance(value["name"], str) and value["name"], "name of a symbol", value)
    need(1 <= value["kind"] <= 26, "kind of a symbol", value)
    if "selectionRange" in value:
        outer, inner = value["range"], value["selectionRange"]
        for key, sign in (("start", 1), ("end", -1)):
            a = (outer[key]["line"], outer[key]["character"])
            b = (inner[key]["line"], inner[key]["character"])
            need(a <= b if sign == 1 else a >= b, "selection lies outside of the symbol", value)
        for child in value.get("children", []):
            check_symbol(child)


def check_result(method, result):
    check_ranges_inside(result)
    if method == "textDocument/documentSymbol":
        for symbol in result or []:
            check_symbol(symbol)
    elif method in ("textDocument/formatting", "textDocument/rangeFormatting", "textDocument/onTypeFormatting"):
        check_edits(result or [])
    elif method == "textDocument/rename" and result:
        for change in result.get("documentChanges", []):
            check_edits(change["edits"])
        for edits in result.get("changes", {}).values():
            check_edits(edits)
    elif method == "textDocument/completion" and result:
        for item in result["items"]:
            need(isinstance(item["label"], str) and item["label"], "label", item)
            need(1 <= item.get("kind", 1) <= 25, "kind of an item", item)
    elif method in ("textDocument/semanticTokens/full", "textDocument/semanticTokens/range") and result:
        data = result["data"]
        need(len(data) % 5 == 0 and all(isinstance(n, int) and n >= 0 for n in data), "token data", data[:20])
        need(all(length > 0 for length in data[2::5]), "empty token", data[:20])


class Client:
    def __init__(self, command, encoding="utf-16", root=None, capabilities=None, options=None, stderr=None,
                 environment=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=environment)
        self.messages = queue.Queue()
        self.diagnostics = {}
        self.versions = {}
        self.notifications = []
        self.next_id = 0
        self.waiting = set()
        self.answers = {}
        # When the last byte of an answer, by its id, or of diagnostics, by path and version, was read.
        self.arrived = {}
        threading.Thread(target=self._read, daemon=True).start()
        self.encoding = encoding
        document = {"publishDiagnostics": {"versionSupport": True}, "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
                    "completion": {"completionItem": {"snippetSupport": False}}}
        base = {"general": {"positionEncodings": [encoding]}, "textDocument": document,
                "workspace": {"workspaceEdit": {"documentChanges": True}}}
        for key, value in (capabilities or {}).items():
            base.setdefault(key, {}).update(value)
        folders = [{"uri": uri_of(root), "name": "root"}] if root else None
        self.capabilities = self.request("initialize", {
            "processId": None, "rootUri": uri_of(root) if root else None, "workspaceFolders": folders,
            "capabilities": base, "initializationOptions": options or {}})["capabilities"]
        need(self.capabilities["positionEncoding"] == encoding, "encoding", self.capabilities)
        self.notify("initialized", {})

    def _read(self):
        stream = self.process.stdout
        try:
            while True:
                length = None
                while True:
                    line = stream.readline()
                    if not line:
                        self.messages.put(None)
                        return
                    if line == b"\r\n":
                        break
                    name, _, value = line.decode("ascii").partition(":")
                    if name == "Content-Length":
                        length = int(value)
                body = stream.read(length)
                now = time.perf_counter()
                message = json.loads(body.decode("utf-8"))
                need(message.get("jsonrpc") == "2.0", "jsonrpc", message)
                if "method" not in message:
                    self.arrived[message["id"]] = now
                elif message["method"] == "textDocument/publishDiagnostics":
                    self.arrived[path_of(message["params"]["uri"]), message["params"].get("version")] = now
                self.messages.put(message)
        except Exception as error:
            self.messages.put(error)

    def send_raw(self, body):
        if isinstance(body, str):
            body = body.encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def send(self, message):
        self.send_raw(json.dumps(message))

    def notify(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method, params):
        """Sends a request; returns its id."""
        self.next_id += 1
        self.waiting.add(self.next_id)
        self.send({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params})
        return self.next_id

    def pump(self, timeout):
        """Takes in one message. Returns False when none came."""
        try:
            message = self.messages.get(timeout=timeout)
        except queue.Empty:
            return False
        if message is None:
            raise ProtocolError("the server ended")
        if isinstance(message, Exception):
            raise message
        if "method" in message and "id" in message:
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        elif "method" in message:
            self._notified(message)
        else:
            need(("result" in message) != ("error" in message), "an answer has a result or an error", message)
            need(message["id"] in self.waiting or message["id"] is None, "answer to nothing", message)
            self.waiting.discard(message["id"])
            if "error" in message:
                need(isinstance(message["error"]["code"], int) and message["error"]["message"], "error", message)
            self.answers[message["id"]] = message
        return True

    def _notified(self, message):
        params = message["params"]
        if message["method"] == "textDocument/publishDiagnostics":
            for diagnostic in params["diagnostics"]:
                check_diagnostic(diagnostic)
            self.diagnostics[path_of(params["uri"])] = params["diagnostics"]
            self.versions[path_of(params["uri"])] = params.get("version")
        self.notifications.append(message)

    def wait(self, id, timeout=30):
        while id not in self.answers:
            if not self.pump(timeout):
                raise ProtocolError(f"no answer to request {id} within {timeout} s")
        return self.answers.pop(id)

    def request(self, method, params, timeout=30):
        message = self.wait(self.start(method, params), timeout)
        if "error" in message:
            raise RequestError(message["error"])
        check_result(method, message["result"])
        return message["result"]

    def open(self, path, text, version=1):
        self.diagnostics.pop(str(path), None)
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": uri_of(path), "languageId": "nix", "version": version, "text": text}})

    def change(self, path, version, changes):
        self.notify("textDocument/didChange", {
            "textDocument": {"uri": uri_of(path), "version": version}, "contentChanges": changes})

    def wait_diagnostics(self, path, version=None, timeout=30):
        path = str(path)
        while path not in self.diagnostics or (version is not None and self.versions.get(path) != version):
            if not self.pump(timeout):
                raise ProtocolError(f"no diagnostics of {path} within {timeout} s")
        return self.diagnostics[path]

    def at(self, path, line, character):
        return {"textDocument": {"uri": uri_of(path)}, "position": {"line": line, "character": character}}

    def close(self):
        """Ends the server as the protocol says; returns its exit status."""
        self.request("shutdown", None)
        self.notify("exit", None)
        self.process.stdin.close()
        return self.process.wait(10)


def server_command(binary):
    return [str(pathlib.Path(binary).resolve()), "lsp"]
