"""Makes the calls of http_cases.py's table and tells the master what came of them; the twin of http_cases.cpp."""

import json
import os
import ssl
import time
from urllib.parse import urlsplit

from locust import HttpUser, constant, task
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession, FastHttpUser, _construct_basic_auth_str
from locust.stats import StatsError
from requests.cookies import create_cookie

CASES = json.load(open(os.environ["HTTP_CASES"]))


class CaseUser:
    """A fresh session for each case."""

    wait_time = constant(600)

    def run_all(self):
        self.environment.events.request.add_listener(self.note)
        for case in CASES:
            self.client = self.new_session(case.get("host", self.host), case)
            for name, value in case.get("session", {}).items():
                self.set_attribute(name, value)
            self.reported = []
            answers = [self.answer_of(call) for call in case["calls"]]
            cookies = sorted(f"{cookie.name}={cookie.value}" for cookie in self.jar())
            self.environment.runner.send_message(
                "case",
                {"id": case["id"], "reported": self.reported, "answers": answers, "cookies": cookies},
            )
        self.environment.runner.send_message("cases_done", {"count": len(CASES)})

    def set_attribute(self, name, value):
        if name == "cookies":
            for key, text in value.items():
                self.client.cookies.set(key, text)
        elif name == "headers":
            self.client.headers.update(value)
        else:
            setattr(self.client, name, tuple(value) if name in ("auth", "cert") else value)

    def note(self, request_type, name, response_length, exception, context, url, **_):
        self.reported.append(
            {
                "type": request_type,
                "name": name,
                "length": response_length,
                "failure": StatsError.parse_error(exception) if exception else "",
                "context": sorted(f"{key}={value}" for key, value in context.items()),
                "url": url,
            }
        )

    def answer_of(self, call):
        try:
            response = self.perform(call)
        except Exception as e:
            return {"raised": repr(e)}
        return self.facts(call, response)

    def perform(self, call):
        time.sleep(call.get("pause", 0))
        options = self.options_of(call)
        method = call["method"]
        if "rest" in call or "rest_" in call:
            with getattr(self, "rest" if "rest" in call else "rest_")(method, call["url"], **options) as response:
                if message := call.get("assert"):
                    assert response.js["id"] == 8, message
            return response
        verdict = call.get("verdict")
        if call.get("as_request"):
            made = self.client.request(method, call["url"], catch_response=verdict is not None, **options)
        else:
            function = getattr(self.client, method.lower())
            made = function(call["url"], catch_response=verdict is not None, **options)
        if verdict is None:
            return made
        with made as response:
            if verdict == "success":
                response.success()
            elif verdict == "raise":
                response.raise_for_status()
            elif verdict:
                response.failure(verdict)
        return response

    def options_of(self, call):
        options = {}
        for name, value in call.get("options", {}).items():
            if name == "form":
                options["data"] = value if isinstance(value, dict) else [tuple(pair) for pair in value]
            elif name == "data_size":
                options["data"] = "d" * value
            elif name == "params":
                options["params"] = [tuple(pair) for pair in value]
            elif name == "files":
                options["files"] = [
                    (f["name"], (f.get("filename") or f["name"], f["content"], f.get("content_type"))) for f in value
                ]
            elif name in ("auth", "timeout", "cert") and isinstance(value, list):
                options[name] = tuple(value)
            else:
                options[name] = value
        return options

    def facts(self, call, response):
        content = self.content_of(response) if not call.get("options", {}).get("stream") else b""
        facts = {
            "status": response.status_code,
            "size": len(content or b""),
            "text": (content or b"")[:100].decode(errors="replace"),
            "history": [past.status_code for past in self.history_of(response)] if response.status_code else [],
        }
        if response.status_code:
            facts["url"] = response.url
            if not call.keys() & {"verdict", "rest", "rest_"}:
                facts["ok"] = response.ok
            facts |= self.more_facts(response)
        if take := call.get("read"):
            facts["read"] = self.read(response, take)
        if name := call.get("header"):
            facts["header"] = self.looked_up(response.headers, name)
        if (name := call.get("cookie")) and isinstance(self, HttpUser):
            facts["cookie"] = self.looked_up(response.cookies, name)
        return facts

    @staticmethod
    def looked_up(mapping, name):
        try:
            return [mapping[name], mapping.get(name, "default")]
        except Exception as e:
            return [repr(e), mapping.get(name, "default") if isinstance(e, KeyError) else ""]

    @staticmethod
    def content_of(response):
        try:
            return response.content
        except Exception:  # reported already
            return b""

    def read(self, response, most):
        lines = []
        try:
            for line in self.lines_of(response):
                lines.append(line)
                if len(lines) == most:
                    break
        except Exception as e:
            lines.append(f"broken: {type(e).__name__}")
        return lines


class HttpCaseUser(CaseUser, HttpUser):
    @task
    def run_cases(self):
        self.run_all()

    def new_session(self, host, case):
        session = HttpSession(base_url=host, request_event=self.environment.events.request, user=self)
        session.trust_env = False
        return session

    def jar(self):
        return self.client.cookies

    def more_facts(self, response):
        return {
            "reason": response.reason,
            "own cookies": sorted(f"{cookie.name}={cookie.value}" for cookie in response.cookies),
        }

    def history_of(self, response):
        return response.history

    def lines_of(self, response):
        yield from (line.decode() for line in response.iter_lines())
        response.close()

    def context(self):
        return {"user": "case"}


class FastHttpCaseUser(CaseUser, FastHttpUser):
    """What HttpUser takes as options of a call are settings of the whole session here."""

    @task
    def run_cases(self):
        self.run_all()

    def new_session(self, host, case):
        session = case.get("session", {})
        timeouts = [call["options"].pop("timeout") for call in case["calls"] if "timeout" in call["options"]] or [60]
        timeout = timeouts[0] if isinstance(timeouts[0], list) else [timeouts[0]] * 2
        verify = session.get("verify", False)
        trusted = {"ssl_context_factory": lambda: ssl.create_default_context(cafile=verify)} if verify else {}
        proxy = urlsplit(session["proxies"]["http"]) if "proxies" in session else None
        return FastHttpSession(
            base_url=host,
            request_event=self.environment.events.request,
            user=self,
            connection_timeout=timeout[0],
            network_timeout=timeout[1],
            max_redirects=session.get("max_redirects", self.max_redirects),
            max_retries=self.max_retries,
            insecure=not verify,
            concurrency=self.concurrency,
            headers=session.get("headers"),
            proxy_host=proxy and proxy.hostname,
            proxy_port=proxy and proxy.port,
            **trusted,
        )

    def set_attribute(self, name, value):
        if name == "cookies":
            for key, text in value.items():
                self.client.cookiejar.set_cookie(create_cookie(key, text))
        elif name == "auth":
            self.client.auth_header = _construct_basic_auth_str(*value)
        elif name == "request_name":
            self.client.request_name = value

    def jar(self):
        return self.client.cookiejar

    def more_facts(self, response):
        return {}

    def history_of(self, response):
        return getattr(response, "_history", [])  # not copied to what catch_response gives

    def lines_of(self, response):
        text = b""
        for piece in response.iter_content(decode_content=False):
            *lines, text = (text + piece).split(b"\n")
            yield from (line.rstrip(b"\r").decode(errors="replace") for line in lines)
        if text:
            yield text.decode(errors="replace")

    def context(self):
        return {"user": "case"}
