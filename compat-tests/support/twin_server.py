"""The servers that the locustfiles in examples/twins need: one HTTP server for ten of them, a WebSocket server and a
server that pushes messages.

They are strict: a request that its protocol does not allow (wrong token, signature, form, JSON, …) gets a status of
400 and above or an error message, and `complaints` has the reason. So a twin with a mistake fails its test."""

from __future__ import annotations

import asyncio
import base64
import calendar
import hashlib
import hmac
import itertools
import json
import re
import threading
import time
import uuid
from collections import Counter, defaultdict
from urllib.parse import quote

from aiohttp import web
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, Pong, RejectConnection, Request
from wsproto.events import TextMessage
from wsproto.utilities import ProtocolError

from .settings import LOOPBACK, PATIENCE

ENVIRONMENT = {
    "API_PASSWORD": "s3cret&",
    "LLM_API_KEY": "llm-key",
    "LLM_MODEL": "small",
    "SIGNED_API_KEY_ID": "AK7",
    "SIGNED_API_SECRET": "top/secret+",
    "PUSH_TOKEN": "push-token",
}
"""What the locustfiles read from the environment, besides addresses."""


ROW = web.RequestKey("row", str)
"""The name of a request's row."""
IS_REDIRECTED = web.RequestKey("is_redirected", bool)
"""True: a redirect led here, and clients count it as a part of the request before."""


class Refused(Exception):
    """The answer to a request that a correct twin does not send."""

    def __init__(self, reason: str, status: int = 400):
        super().__init__(reason)
        self.status = status


def require(condition, reason: str, status: int = 400) -> None:
    if not condition:
        raise Refused(reason, status)


def hidden_field(value: str) -> str:
    return f'<input type="hidden" name="token" value="{value}">'


def page(text: str, status: int = 200) -> web.Response:
    return web.Response(text=f"<html><body>\n{text}\n</body></html>", content_type="text/html", status=status)


SIMPLE_PAGES = {
    "/shop/product/{id}/reviews": (r"/shop/product/([1-9]|[123]\d|40)/reviews", lambda s, r: True),
    "/api/customers/me": (r"/api/customers/me", lambda s, r: s._api_user(r)),
    "/api/stock/{sku}": (r"/api/stock/(chair|desk|lamp|shelf)", lambda s, r: s._api_user(r)),
    "/forms/help": (r"/forms/help", lambda s, r: "shopper" in r.cookies),
    "/storage/quota": (r"/storage/quota", lambda s, r: True),
    "/v1/models": (r"/v1/models", lambda s, r: r.headers["Authorization"] == "Bearer llm-key"),
    "/django/notes/{id}/": (r"/django/notes/(1?\d|20)/", lambda s, r: s._django_user(r)),
    "/styles/streets.json": (r"/styles/streets\.json", lambda s, r: True),
    "/fonts/{font}/{range}.pbf": (r"/fonts/Open%20Sans/(0-255|256-511|512-767|768-1023)\.pbf", lambda s, r: True),
    "/changes": (r"/changes\?limit=5", lambda s, r: True),
}
"""Paths of requests without an effect: how they must look, and whether the sender may see the page."""


class HttpTargets:
    """The routes, and what they count: `rows["GET /shop/product/[id]"]`, as the twins name their rows."""

    def __init__(self):
        self.rows: Counter = Counter()
        self.complaints: list[str] = []
        self._numbers = itertools.count(1)
        self._orders: dict[str, dict] = {}
        self._form_tokens: set[str] = set()
        self._files: dict[str, dict] = {}
        self._sessions: dict[str, list] = {}
        self._csrf: dict[str, str] = {}

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._count_and_check])
        for method, path, handler in [
            ("GET", "/shop/", self.shop_home),
            ("GET", "/shop/offers", self.shop_home),
            ("GET", "/shop/category/{name}", self.shop_category),
            ("GET", "/shop/product/{id}", self.shop_product),
            ("GET", "/shop/search", self.shop_search),
            ("POST", "/shop/cart", self.shop_add),
            ("GET", "/shop/cart", self.shop_cart),
            ("POST", "/shop/checkout", self.shop_checkout),
            ("POST", "/shop/newsletter", self.shop_newsletter),
            ("PUT", "/api/wishes/{sku}", self.api_wish),
            ("GET", "/forms/support", self.forms_login),
            ("POST", "/forms/support", self.forms_support),
            ("PATCH", "/storage/files/{id}", self.storage_rename),
            ("GET", "/portal/notices", self.portal_page),
            ("GET", "/portal/statements/{month}.pdf", self.portal_page),
            ("POST", "/v1/embeddings", self.embeddings),
            ("POST", "/django/settings/", self.django_settings),
            ("GET", "/signed/buckets", self.signed_buckets),
            ("GET", "/signed/objects/{key:.+}", self.signed_get),
            ("POST", "/api/login", self.api_login),
            ("POST", "/api/logout", self.api_logout),
            ("GET", "/api/orders", self.api_list),
            ("POST", "/api/orders", self.api_create),
            ("GET", "/api/orders/{id}", self.api_read),
            ("PATCH", "/api/orders/{id}", self.api_change),
            ("DELETE", "/api/orders/{id}", self.api_delete),
            ("GET", "/forms/login", self.forms_login),
            ("POST", "/forms/login", self.forms_logged_in),
            ("GET", "/forms/catalogue", self.forms_catalogue),
            ("GET", "/forms/item/{id}", self.forms_item),
            ("GET", "/forms/image/{id}", self.forms_image),
            ("POST", "/forms/item/{id}/order", self.forms_order),
            ("POST", "/storage/files", self.storage_upload),
            ("GET", "/storage/files", self.storage_list),
            ("GET", "/storage/files/{id}", self.storage_download),
            ("HEAD", "/storage/files/{id}", self.storage_download),
            ("DELETE", "/storage/files/{id}", self.storage_delete),
            ("POST", "/graphql", self.graphql),
            ("POST", "/portal/login", self.portal_login),
            ("GET", "/portal/balance", self.portal_balance),
            ("GET", "/portal/transfers", self.portal_transfers),
            ("POST", "/portal/transfers", self.portal_transfer),
            ("POST", "/v1/chat/completions", self.llm),
            ("GET", "/django/login/", self.django_form),
            ("POST", "/django/login/", self.django_login),
            ("GET", "/django/notes/", self.django_notes),
            ("POST", "/django/notes/add/", self.django_add),
            ("POST", "/django/api/notes/{id}/like/", self.django_like),
            ("POST", "/django/logout/", self.django_logout),
            ("GET", "/tiles/{z}/{x}/{y}", self.tile),
            ("GET", "/places", self.places),
            ("PUT", "/places/{id}", self.change_place),
            ("GET", "/signed/objects", self.signed_list),
            ("PUT", "/signed/objects/{key:.+}", self.signed_put),
            ("DELETE", "/signed/objects/{key:.+}", self.signed_delete),
        ]:
            app.router.add_route(method, path, handler)
        for path in SIMPLE_PAGES:
            app.router.add_get(path, self.simple)
        return app

    async def simple(self, request):
        """Pages that need a session at most. What the path and the query may be is in SIMPLE_PAGES."""
        pattern, is_allowed = SIMPLE_PAGES[request.match_info.route.resource.canonical]
        require(re.fullmatch(pattern, request.raw_path), f"path {request.raw_path}", 404)
        require(is_allowed(self, request), "no session, cookie or token", 401)
        if request.path == "/changes":
            request[ROW] += f"?{request.query_string}"
        return page("A page")

    @web.middleware
    async def _count_and_check(self, request, handler):
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else request.path
        request[ROW] = f"{request.method} {path}".replace("{", "[").replace("}", "]")
        try:
            return await handler(request)
        except Refused as refused:
            self.complaints.append(f"{request.method} {request.path_qs}: {refused}")
            return web.json_response({"detail": str(refused)}, status=refused.status)
        finally:
            if not request.get(IS_REDIRECTED):
                self.rows[request[ROW]] += 1

    async def _json(self, request) -> dict:
        require(request.content_type == "application/json", f"Content-Type {request.content_type}", 415)
        try:
            return await request.json()
        except ValueError as error:
            raise Refused(f"not JSON: {error}") from None

    async def _form(self, request) -> dict:
        require(request.content_type == "application/x-www-form-urlencoded", "not a form", 415)
        form = await request.post()
        require(len(form) == len(set(form)), "a field twice")
        return dict(form)

    # --- shop.py ---

    async def shop_home(self, request):
        response = page("Welcome")
        response.set_cookie("visitor", request.cookies.get("visitor", uuid.uuid4().hex))
        return response

    async def shop_category(self, request):
        require(request.match_info["name"] in ("books", "games", "music"), "no such category", 404)
        require(request.query_string in ("page=1", "page=2", "page=3"), f"query {request.query_string}")
        return page("Products of this category")

    async def shop_product(self, request):
        number = int(request.match_info["id"])
        require(1 <= number <= 40, "no such product")
        if number % 10 == 0:
            return page("Sold out", status=404)
        return page("<button>Add to cart</button>" if number % 10 != 7 else "For members only")

    async def shop_search(self, request):
        text = request.query.get("q")
        require(text in ("red shoes", "50% off", "cups & plates", "größe 42", "unicorn"), f"search for {text!r}")
        return web.json_response({"query": text, "count": 0 if text == "unicorn" else 3})

    async def shop_add(self, request):
        require("visitor" in request.cookies, "no cookie", 401)
        item = await self._json(request)
        require(set(item) == {"id", "quantity", "gift"}, f"item {item}")
        require(item["id"] in range(1, 10) and item["quantity"] in range(1, 4), f"item {item}")
        require(type(item["gift"]) is bool, f"item {item}")
        cart = self._sessions.setdefault(request.cookies["visitor"], [])
        cart.append({"id": item["id"], "quantity": item["quantity"], "price": 10 * item["id"]})
        return web.json_response({"items": len(cart)}, status=201)

    async def shop_cart(self, request):
        return web.json_response({"items": self._sessions.get(request.cookies.get("visitor"), [])})

    async def shop_checkout(self, request):
        cart = self._sessions.pop(request.cookies.get("visitor"), [])
        order = await self._json(request)
        total = sum(item["price"] * item["quantity"] for item in cart)
        require(order == {"total": total, "card": {"number": "4111 1111", "cvc": 123}}, f"order {order}, total {total}")
        return web.json_response({"order": next(self._numbers)}, status=201)

    async def shop_newsletter(self, request):
        form = await self._form(request)
        require(set(form) == {"email", "weekly"} and form["weekly"] == "on", f"form {form}")
        require(re.fullmatch(r"\d{1,3}@example\.com", form["email"]), f"form {form}")
        return page("Thank you")

    # --- rest_api.py ---

    def _api_user(self, request) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        require(scheme == "Bearer" and token.startswith("token-"), "no bearer token", 401)
        return token.removeprefix("token-")

    async def api_login(self, request):
        credentials = await self._json(request)
        require(set(credentials) == {"user", "password"}, "wrong fields")
        require(re.fullmatch(r"customer\d{3}", credentials["user"]), f"user {credentials['user']}", 401)
        require(credentials["password"] == ENVIRONMENT["API_PASSWORD"], "wrong password", 401)
        return web.json_response({"token": f"token-{credentials['user']}", "expires_in": 3600})

    async def api_logout(self, request):
        self._api_user(request)
        return web.Response(status=204)

    async def api_list(self, request):
        user = self._api_user(request)
        require(dict(request.query) == {"limit": "10", "sort": "-created"}, f"query {request.query_string}")
        return web.json_response({"orders": [order for order in self._orders.values() if order["customer"] == user][:10]})

    async def api_create(self, request):
        order = await self._json(request)
        require(order.get("customer") == self._api_user(request), "another customer", 403)
        require(set(order) == {"reference", "customer", "lines", "express"}, f"fields {set(order)}")
        require(uuid.UUID(order["reference"]).version == 4, "reference")
        require(order["express"] is False, "express")
        skus = {line["sku"] for line in order["lines"]}
        require(len(skus) == 2 and skus <= {"chair", "desk", "lamp", "shelf"}, f"lines {order['lines']}")
        require(all(line["quantity"] in range(1, 6) for line in order["lines"]), f"lines {order['lines']}")
        number = next(self._numbers)
        if number % 9 == 0:
            return web.Response(text="out of stock", status=409)
        order_id = f"o{number}"
        self._orders[order_id] = {**order, "id": order_id, "status": "new"}
        return web.json_response(self._orders[order_id], status=201)

    def _order(self, request) -> dict | None:
        user = self._api_user(request)
        order = self._orders.get(request.match_info["id"])
        require(order is None or order["customer"] == user, "the order of another customer", 403)
        return order

    async def api_read(self, request):
        order = self._order(request)
        if order is None:
            request[ROW] += " (deleted)"
            return web.json_response({"detail": "no such order"}, status=404)
        return web.json_response(order)

    async def api_change(self, request):
        order = self._order(request)
        require(order is not None, "no such order", 404)
        change = await self._json(request)
        require(change == {"status": "paid", "amount": 99.5, "discount": None}, f"change {change}")
        require(order["status"] == "new", "paid already", 409)
        order["status"] = "paid"
        return web.json_response(order)

    async def api_delete(self, request):
        order = self._order(request)
        require(order is not None and order["status"] == "paid", "not paid", 409)
        del self._orders[order["id"]]
        return web.Response(status=204)

    async def api_wish(self, request):
        self._api_user(request)
        require(request.match_info["sku"] in ("chair", "desk", "lamp", "shelf"), "no such product", 404)
        require(await self._json(request) == {"note": "for later"}, "wrong wish")
        return web.Response(status=204)

    # --- form_shop.py ---

    def _new_form_token(self) -> str:
        token = f"{next(self._numbers)}+/{uuid.uuid4().hex}=="
        self._form_tokens.add(token)
        return token

    def _use_form_token(self, form) -> None:
        require(form.get("token") in self._form_tokens, f"token {form.get('token')}", 403)
        self._form_tokens.remove(form["token"])

    async def forms_login(self, request):
        return page(f'<form method="post">{hidden_field(self._new_form_token())}<input name="user"></form>')

    async def forms_logged_in(self, request):
        form = await self._form(request)
        self._use_form_token(form)
        require(re.fullmatch(r"user\d\d", form["user"]) and form["password"] == "secret", "wrong password", 403)
        response = page("Welcome")
        response.set_cookie("shopper", form["user"])
        return response

    async def forms_catalogue(self, request):
        require("shopper" in request.cookies, "not logged in", 403)
        return page("\n".join(f'<li><a class="item" href="/forms/item/{i}">Item {i}</a></li>' for i in range(1, 21)))

    async def forms_item(self, request):
        number = int(request.match_info["id"])
        images = "".join(f'<img src="/forms/image/{number}{letter}">' for letter in "ab")
        field = hidden_field(self._new_form_token())
        filler = "<p>A long description of the item.</p>\n" * 50
        return page(f"{images}\n{filler}<p>Price: {number}.50</p>\n<form>{field}</form>")

    async def forms_image(self, request):
        require(re.fullmatch(r"\d+[ab]", request.match_info["id"]), "no such image", 404)
        return web.Response(body=b"\x89PNG" + bytes(100), content_type="image/png")

    async def forms_order(self, request):
        form = await self._form(request)
        self._use_form_token(form)
        require(set(form) == {"token", "price", "quantity", "gift"}, f"fields {set(form)}")
        require(form["price"] == f"{request.match_info['id']}.50", f"price {form['price']}")
        require(form["gift"] in ("yes", "no") and form["quantity"] in "12345", f"form {form}")
        if form["quantity"] == "5":
            return page('<p class="error">\n  Only 4 of these\nare left.\n</p>')
        return page(f"<h1>Thank you</h1>\nOrder #{next(self._numbers)} confirmed")

    async def forms_support(self, request):
        form = await self._form(request)
        self._use_form_token(form)
        require(form == {"token": form["token"], "subject": "Where is it?", "order": "17"}, f"form {form}")
        return page("Thank you")

    # --- storage.py ---

    async def storage_upload(self, request):
        require(request.content_type == "multipart/form-data", "not multipart", 415)
        parts, reader = {}, await request.multipart()
        while (part := await reader.next()) is not None:
            require(part.name not in parts, f"part {part.name} twice")
            parts[part.name] = (part.filename, part.headers.get("Content-Type"), bytes(await part.read()))
        require(list(parts) == ["folder", "sha256", "replicas", "file", "labels"], f"parts {list(parts)}")
        require(re.fullmatch(rb"[a-z]{8}", parts["folder"][2]), "folder")
        require(parts["replicas"] == (None, None, b"2"), f"replicas {parts['replicas']}")
        require(parts["labels"] == ("labels.json", "application/json", b'["a","b"]'), f"labels {parts['labels']}")
        filename, content_type, content = parts["file"]
        require(re.fullmatch(r"report-\d{4}\.txt", filename or ""), f"file name {filename}")
        require(content_type == "text/plain", f"content type {content_type}")
        digest = hashlib.sha256(content).hexdigest()
        require(parts["sha256"][2].decode() == digest, "the digest differs", 422)
        folder, number = parts["folder"][2].decode(), next(self._numbers)
        if [file["folder"] for file in self._files.values()].count(folder) == 4:
            return web.Response(text="quota exceeded", status=507)
        self._files[f"f{number}"] = {"folder": folder, "digest": digest, "content": content}
        return web.json_response({"id": f"f{number}"}, status=201)

    async def storage_list(self, request):
        folder = request.query.get("folder")
        return web.json_response([{"id": key} for key, file in self._files.items() if file["folder"] == folder])

    async def storage_download(self, request):
        file = self._files.get(request.match_info["id"])
        require(file is not None, "no such file", 404)
        headers = {"ETag": f'"{file["digest"]}"'}
        if "Range" in request.headers:
            request[ROW] += " (range)"
            require(request.headers["Range"] == "bytes=0-99", "range", 416)
            return web.Response(body=file["content"][:100], status=206, headers=headers)
        return web.Response(body=file["content"], headers=headers)

    async def storage_delete(self, request):
        require(self._files.pop(request.match_info["id"], None), "no such file", 404)
        return web.Response(status=204)

    async def storage_rename(self, request):
        require(request.match_info["id"] in self._files, "no such file", 404)
        require(await self._json(request) == {"name": "new.txt"}, "wrong name")
        return web.Response(status=204)

    # --- graphql.py ---

    async def graphql(self, request):
        require(request.headers.get("Authorization") == "Bearer graph-token", "no token", 401)
        body = await self._json(request)
        require(set(body) == {"operationName", "query", "variables"}, f"fields {set(body)}")
        operation, variables = body["operationName"], body["variables"]
        request[ROW] = f"POST /graphql {operation}"
        require(re.match(rf"(query|mutation) {operation}\b", body["query"]), f"query {body['query']}")
        await asyncio.sleep(0.005)
        if operation == "Profile":
            require(variables == {}, f"variables {variables}")
            data = {"me": {"id": "u1", "name": "Ann"}}
        elif operation == "News":
            require(variables == {"first": 5}, f"variables {variables}")
            data = {"news": [{"title": f"News {number}"} for number in range(5)]}
        elif operation == "Products":
            require(variables.get("page") in (1, 2, 3), f"variables {variables}")
            data = {"products": [{"id": f"p{variables['page']}{number}"} for number in range(4)]}
        elif operation == "Search":
            require(variables.get("text") in ("lamp", "größe", "50 %"), f"variables {variables}")
            data = {"search": [{"id": "p11"}]}
        elif operation == "Orders":
            require(variables == {}, f"variables {variables}")
            data = {"orders": [{"id": "o1", "total": 7.5}]}
        elif operation == "Product":
            require(re.fullmatch(r"p[123][0123]", variables.get("id", "")), f"variables {variables}")
            data = {"product": {"id": variables["id"], "name": "größer", "price": 9.95}}
        else:
            require(operation == "Rate" and set(variables) == {"id", "stars"}, f"variables {variables}")
            require(re.fullmatch(r"p\d", variables["id"]) and variables["stars"] in range(1, 7), f"{variables}")
            if variables["stars"] > 5:
                error = {"message": "stars must be 1 to 5", "extensions": {"code": "BAD_USER_INPUT"}}
                return web.json_response({"data": None, "errors": [error]})
            data = {"rate": {"average": 4}}
        return web.json_response({"data": data})

    # --- accounts.py ---

    ACCOUNTS = {
        "ann@example.com": ("a1", "EUR", 1, "bob@example.com"),
        "bob@example.com": ("b,2", "USD", 2, "O'Hara, Cy"),
        '"Cy"@example.com': ("c3", "EUR", 3, "ann@example.com"),
        "dora@example.com": ("d4", "GBP", 1, "ann@example.com"),
    }

    async def portal_login(self, request):
        form = await self._form(request)
        require(set(form) == {"email", "password"}, f"fields {set(form)}")
        if form["email"] == "eve@example.com":
            return web.Response(text="locked", status=403)
        require(self.ACCOUNTS[form["email"]][0] == form["password"], "wrong password", 401)
        session = uuid.uuid4().hex
        self._sessions[session] = [form["email"], 10]  # a session is valid for ten requests
        return web.json_response({"session": session})

    def _account(self, request):
        session = self._sessions.get(request.headers.get("X-Session", ""))
        require(session is not None, "no session", 400)
        require(session[1] > -1, "an ended session is used again", 400)
        session[1] -= 1
        return self.ACCOUNTS[session[0]] if session[1] >= 0 else None

    async def portal_balance(self, request):
        account = self._account(request)
        if account is None:
            return web.Response(status=401)
        return web.json_response({"currency": account[1], "amount": 12.34})

    async def portal_transfers(self, request):
        request[ROW] += "?page=[page]"
        account = self._account(request)
        if account is None:
            return web.Response(status=401)
        require(request.query.get("page") in map(str, range(account[2])), "no such page", 404)
        return web.json_response([{"amount": "1.00"}])

    async def portal_transfer(self, request):
        account = self._account(request)
        if account is None:
            return web.Response(status=401)
        transfer = await self._json(request)
        require(transfer == {"to": account[3], "amount": "10.00"}, f"transfer {transfer}")
        return web.json_response(transfer, status=201)

    async def portal_page(self, request):
        if self._account(request) is None:
            return web.Response(status=401)
        month = request.match_info.get("month", "2024-01")
        require(re.fullmatch(r"2024-(0[1-9]|1[012])", month), f"month {month}", 404)
        return page("A page")

    # --- llm.py ---

    async def embeddings(self, request):
        require(request.headers.get("Authorization") == f"Bearer {ENVIRONMENT['LLM_API_KEY']}", "no key", 401)
        body = await self._json(request)
        require(set(body) == {"model", "input"} and body["model"] == "small", f"body {body}")
        prompts = {"Tell me a joke", "Translate 'good morning' into French", "Write a very long story", "Forbidden words"}
        require(len(set(body["input"])) == 2 and set(body["input"]) <= prompts, f"body {body}")
        return web.json_response({"data": [{"embedding": [0.25] * 64}] * 2})

    async def llm(self, request):
        require(request.headers.get("Authorization") == f"Bearer {ENVIRONMENT['LLM_API_KEY']}", "no key", 401)
        body = await self._json(request)
        *history, question = body.pop("messages")
        require(body == {"model": "small", "stream": True, "temperature": 0.5, "max_tokens": 64}, f"body {body}")
        require(history[0] == {"role": "system", "content": "You are brief."}, f"history {history}")
        require(question["role"] == "user", f"question {question}")
        require(len(history) in (1, 3), f"history {history}")
        if len(history) == 3:
            require(history[1]["role"] == "user", f"history {history}")
            answer = self._answer(history[1]["content"])
            if history[1]["content"] == "Write a very long story":
                answer = answer[:3]  # that is all that was sent
            require(history[2] == {"role": "assistant", "content": "".join(answer)}, f"history {history}")
        prompt = question["content"]
        if prompt == "Forbidden words":
            return web.json_response({"error": {}}, status=422, headers={"X-Error": "content_policy"})
        words = self._answer(prompt)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        role = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}
        await response.write(f": keep-alive\n\ndata: {json.dumps(role)}\n\n".encode())
        for number, word in enumerate(words):
            event = {"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]}
            text = f"data: {json.dumps(event, ensure_ascii=False)}\r\n\r\n".encode()
            await response.write(text[:20])
            await asyncio.sleep(0.003)
            await response.write(text[20:])
            if number == 2 and prompt == "Write a very long story":
                await response.write_eof()
                return response
        usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": len(words)}}
        await response.write(f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n".encode())
        await response.write_eof()
        return response

    @staticmethod
    def _answer(prompt: str) -> list[str]:
        return [f"{word} " for word in f"Größe: {prompt.upper()} – \"that\" was it".split()]

    # --- django_site.py ---

    def _with_csrf(self, response, session: str = "") -> web.Response:
        token = uuid.uuid4().hex
        self._csrf[token] = session
        response.set_cookie("csrftoken", token, path="/", samesite="Lax")
        return response

    async def _django_post(self, request, *, ajax: bool = False) -> dict:
        form = await self._form(request) if not ajax else {}
        token = request.headers.get("X-CSRFToken") if ajax else form.pop("csrfmiddlewaretoken", None)
        require(token and token == request.cookies.get("csrftoken"), f"CSRF token {token}", 403)
        require(token in self._csrf, "unknown CSRF token", 403)
        if not ajax:
            referer = request.headers.get("Referer", "")
            require(referer == f"{request.url.origin()}{request.path}", f"Referer {referer}", 403)
        return form

    def _django_user(self, request) -> str:
        require(request.cookies.get("sessionid") in self._sessions, "not logged in", 403)
        return request.cookies["sessionid"]

    async def django_form(self, request):
        return self._with_csrf(page('<form method="post">Log in</form>'))

    async def django_login(self, request):
        form = await self._django_post(request)
        require(re.fullmatch(r"editor\d", form.get("username", "")), f"form {form}", 403)
        require(form == {"username": form["username"], "password": "secret", "next": "/django/notes/"}, f"form {form}")
        del self._csrf[request.cookies["csrftoken"]]  # the log-in changes the token
        response = web.Response(status=302, headers={"Location": "/django/notes/"})
        session = uuid.uuid4().hex
        self._sessions[session] = [form["username"], 25]
        response.set_cookie("sessionid", session, httponly=True)
        return self._with_csrf(response, session)

    async def django_notes(self, request):
        request[IS_REDIRECTED] = "Referer" in request.headers  # counted as the form that led here
        if request.query:
            request[ROW] += "?q=[text]"
            require(request.query_string == "q=cotton&page=1", f"query {request.query_string}")
        session = self._sessions.get(request.cookies.get("sessionid"))
        if session is None:
            return page("Log in")
        return page(f"<h1>Notes of {session[0]}</h1>")

    async def django_settings(self, request):
        self._django_user(request)
        form = await self._django_post(request)
        require(form in ({"language": "de", "mails": "on"}, {"language": "en", "mails": "on"}), f"form {form}")
        return page("Saved")

    async def django_add(self, request):
        self._django_user(request)
        form = await self._django_post(request)
        require(set(form) == {"title", "text", "priority"}, f"fields {set(form)}")
        require(form["text"] == "100 % cotton & <b>bold</b>" and form["priority"] == "3", f"form {form}")
        if not form["title"]:
            return page('<ul class="errorlist"><li>This field is required.</li></ul>')
        require(form["title"] in ("Shopping", "Ideas"), f"title {form['title']}")
        return web.Response(status=302, headers={"Location": "/django/notes/"})

    async def django_like(self, request):
        self._django_user(request)
        await self._django_post(request, ajax=True)
        require(request.headers.get("X-Requested-With") == "XMLHttpRequest", "not from a script")
        require(not await request.read(), "a body")
        number = int(request.match_info["id"])
        require(1 <= number <= 20, "no such note", 404)
        return web.json_response({"likes": 0 if number % 10 == 0 else 3})

    async def django_logout(self, request):
        self._django_user(request)
        require(await self._django_post(request) == {}, "fields")
        return page("Bye")

    # --- tiles.py ---

    async def tile(self, request):
        zoom, x, y = (request.match_info[name] for name in "zxy")
        y = y.removesuffix(".png")
        request[ROW] = "GET /tiles/[z]/[x]/[y].png"
        require(9 <= int(zoom) <= 15, f"zoom {zoom}", 404)
        at = (int(x) / 2 ** int(zoom), int(y) / 2 ** int(zoom))
        cities = {"Berlin": (0.5372, 0.3280), "Lima": (0.2860, 0.5337), "Tokyo": (0.8879, 0.3938)}
        near = any(abs(at[0] - cx) < 0.02 and abs(at[1] - cy) < 0.02 for cx, cy in cities.values())
        require(near, f"tile {zoom}/{x}/{y} is not near a city", 404)
        etag = f'"{zoom}-{x}-{y}"'
        if request.headers.get("If-None-Match", etag) != etag:
            raise Refused("the ETag of another tile", 412)
        if "If-None-Match" in request.headers:
            return web.Response(status=304, headers={"ETag": etag})
        if (int(x) + int(y)) % 16 == 0:
            return web.Response(text="sea", content_type="text/plain", headers={"ETag": etag})
        return web.Response(body=b"\x89PNG" + bytes(2000), content_type="image/png", headers={"ETag": etag})

    async def places(self, request):
        request[ROW] += "?q=[city]"
        require(request.headers.get("Accept") == "application/json", f"Accept {request.headers.get('Accept')}", 406)
        cities = {"Berlin": (52.52, 13.405), "Lima": (-12.046, -77.043), "Tokyo": (35.677, 139.65)}
        require(request.query.get("q") in cities, f"query {request.query_string}", 404)
        latitude, longitude = cities[request.query["q"]]
        if request.query["q"] != "Berlin":
            latitude += 1
        return web.json_response({"places": [{"latitude": latitude, "longitude": longitude}]})

    async def change_place(self, request):
        body = await self._json(request)
        require(set(body) == {"latitude", "longitude", "tags"}, f"fields {set(body)}")
        require(body["tags"] == {"shop": "bakery", "floors": 2}, f"tags {body['tags']}")
        require((body["latitude"], body["longitude"]) in [(52.52, 13.405), (-12.046, -77.043), (35.677, 139.65)], "place")
        return web.json_response({"version": int(request.match_info["id"]) // 5})

    # --- signed_api.py ---

    async def _signed(self, request) -> bytes:
        body = await request.read()
        date, digest = request.headers.get("X-Date", ""), request.headers.get("X-Content-SHA256", "")
        sent = time.strptime(date, "%Y%m%dT%H%M%SZ") if re.fullmatch(r"\d{8}T\d{6}Z", date) else None
        require(sent is not None, f"date {date}", 403)
        skew = abs(time.time() - calendar.timegm(sent))
        require(skew < 60 + PATIENCE, f"the date is {skew} s off", 403)
        require(digest == hashlib.sha256(body).hexdigest(), "the body's digest", 403)
        raw_path, _, query = request.raw_path.partition("?")
        secret = ENVIRONMENT["SIGNED_API_SECRET"].encode()
        key = hmac.new(secret, date[:8].encode(), hashlib.sha256).digest()
        text = "\n".join([request.method, quote(request.path), query, date, digest])
        require(raw_path == quote(request.path), f"path {raw_path}", 403)
        signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        expected = f"HMAC-SHA256 Credential={ENVIRONMENT['SIGNED_API_KEY_ID']}, Signature={signature}"
        require(request.headers.get("Authorization") == expected, "SignatureDoesNotMatch", 403)
        return body

    async def signed_list(self, request):
        await self._signed(request)
        require(request.query_string.startswith("max-keys=20&prefix="), f"order of {request.query_string}")
        require(request.query["prefix"] in ("photos/2024", "a b+c", "50%"), f"prefix {request.query['prefix']}")
        return web.json_response({"objects": [{"key": f"{request.query['prefix']}/{i}"} for i in range(3)]})

    async def signed_put(self, request):
        request[ROW] = "PUT /signed/objects/[key]"
        body = await self._signed(request)
        require(re.fullmatch(r"my notes/\d\.json", request.match_info["key"]), f"key {request.match_info['key']}")
        document = json.loads(body)
        require(document == {"text": "größer", "size": document.get("size"), "by": "ann"}, f"{document}")
        return web.Response(status=201)

    async def signed_buckets(self, request):
        await self._signed(request)
        require(not request.query_string, f"query {request.query_string}")
        return web.json_response({"buckets": ["objects"]})

    async def signed_get(self, request):
        request[ROW] = "GET /signed/objects/[key]"
        await self._signed(request)
        require(re.fullmatch(r"photos/\d\.jpg", request.match_info["key"]), f"key {request.match_info['key']}")
        return web.Response(body=b"\xff\xd8" + bytes(500), content_type="image/jpeg")

    async def signed_delete(self, request):
        request[ROW] = "DELETE /signed/objects/[key]"
        await self._signed(request)
        return web.Response(text="AccessDenied", status=403)


class ChatServer:
    """WebSocket (RFC 6455, by wsproto, which refuses frames that are not masked). Replies to each message; the other
    members of a room get it, too. It pings each member when it joins, and closes the connection of a client that does
    not answer."""

    def __init__(self):
        self.rows: Counter = Counter()
        self.complaints: list[str] = []
        self._rooms: dict[str, list] = defaultdict(list)

    async def serve(self, reader, writer) -> None:
        connection = WSConnection(ConnectionType.SERVER)
        member = {"writer": writer, "connection": connection, "room": None, "is_alive": False, "said": 0}
        text = ""
        try:
            while data := await reader.read(65536):
                connection.receive_data(data)
                for event in connection.events():
                    if isinstance(event, Request):
                        self.rows["WS connect"] += 1
                        writer.write(connection.send(self._accept(event)))
                    elif isinstance(event, TextMessage):
                        text += event.data
                        if event.message_finished:
                            self._receive(member, json.loads(text))
                            text = ""
                    elif isinstance(event, Message):
                        raise Refused("a binary message")
                    elif isinstance(event, Pong):
                        member["is_alive"] = bytes(event.payload) == b"are you there?"
                    elif isinstance(event, Ping):
                        writer.write(connection.send(event.response()))
                    elif isinstance(event, CloseConnection):
                        self.rows["close"] += 1
                        writer.write(connection.send(event.response()))
                        return
                await writer.drain()
            raise Refused("the connection was not closed with a close frame")
        except (Refused, ProtocolError) as error:
            self.complaints.append(f"chat: {error!r}")
        except ConnectionError as error:
            self.complaints.append(f"chat: {error!r}")
        finally:
            if member["room"] is not None:
                self._rooms[member["room"]].remove(member)
            writer.close()

    def _accept(self, request: Request) -> AcceptConnection | RejectConnection:
        headers = {name.lower(): value for name, value in request.extra_headers}
        if headers.get(b"authorization") != b"Bearer chat-token" or request.target != "/chat":
            self.complaints.append(f"chat: {request.target} with {headers}")
            return RejectConnection(status_code=401)
        return AcceptConnection(subprotocol="chat.v1" if "chat.v1" in request.subprotocols else None)

    def _receive(self, member: dict, message: dict) -> None:
        kind, number = message["type"], message["id"]
        self.rows[f"WS {kind}"] += 1
        if kind == "join":
            require(message["room"] in ("red", "blue"), f"room {message['room']}")
            member["room"] = message["room"]
            self._rooms[member["room"]].append(member)
            member["writer"].write(member["connection"].send(Ping(b"are you there?")))
            self._send(member, {"type": "joined", "id": number})
            return
        require(member["is_alive"], "no pong came")
        if kind == "history":
            require(message["count"] == 500, f"count {message['count']}")
            messages = [f"message {i} of the room" * 6 for i in range(500)]  # more than 65,535 bytes
            self._send(member, {"type": "history", "id": number, "messages": messages})
            return
        if kind == "typing":
            require(message == {"type": "typing", "id": number, "seconds": 1.5}, f"{message}")
            self._send(member, {"type": "ok", "id": number})
            return
        if kind == "members":
            require(message == {"type": "members", "id": number}, f"{message}")
            self._send(member, {"type": "members", "id": number, "count": len(self._rooms[member["room"]])})
            return
        require(kind == "say", f"type {kind}")
        if message["text"] == "rude":
            self._send(member, {"type": "error", "id": number, "reason": "be polite"})
            return
        require(message["text"] in ("hello", "how are you?", "a longer text"), f"text {message['text']}")
        for other in self._rooms[member["room"]]:
            if other is not member:
                self.rows["WS said by others"] += 1
                self._send(other, {"type": "said", "text": message["text"], "time": message["time"]})
        self._send(member, {"type": "ok", "id": number})

    def _send(self, member: dict, message: dict) -> None:
        text = json.dumps(message)
        half = len(text) // 2 if message["type"] == "ok" else 0  # an answer in two frames
        if half:
            member["writer"].write(member["connection"].send(TextMessage(text[:half], message_finished=False)))
        member["writer"].write(member["connection"].send(TextMessage(text[half:])))


class PushServer:
    """Pushes lines to each subscriber: each has a number, and each tenth is left out."""

    def __init__(self):
        self.rows: Counter = Counter()
        self.complaints: list[str] = []

    async def serve(self, reader, writer) -> None:
        pusher = None
        try:
            message = json.loads(await reader.readline())
            self.rows["PUSH subscribe"] += 1
            token = ENVIRONMENT["PUSH_TOKEN"]
            expected = {"type": "subscribe", "token": token, "topics": ["news", "prices"]}
            if message != expected:
                writer.write(b'{"type": "refused", "reason": "wrong token"}\n')
                raise Refused(f"{message}")
            state = {"number": 100, "beat": 0, "alive": 0}
            writer.write(json.dumps({"type": "subscribed", "last": 100}).encode() + b"\n")
            pusher = asyncio.create_task(self._push(writer, state))
            while line := await reader.readline():
                message = json.loads(line)
                if message["type"] == "alive":
                    require(message["beat"] == state["alive"] + 1, f"{message}")
                    state["alive"] += 1
                    self.rows["alive"] += 1
                else:
                    self._check(message, state)
                    self.rows[f"PUSH {message['type']}"] += 1
        except (Refused, ValueError, KeyError) as error:
            self.complaints.append(f"push: {error!r}")
        except ConnectionError:
            pass  # the receiver closes while messages are on their way
        finally:
            if pusher is not None:
                pusher.cancel()
            writer.close()

    @staticmethod
    def _check(message: dict, state: dict) -> None:
        if message["type"] == "acknowledge":
            require(100 <= message["number"] <= state["number"], f"{message}")
            require(message["battery"] in range(1, 101), f"{message}")
        elif message["type"] == "mute":
            require(message == {"type": "mute", "minutes": message["minutes"]}, f"{message}")
            require(message["minutes"] in (5, 60), f"{message}")
        else:
            require(message["type"] == "move", f"{message}")
            require(-90 <= message["latitude"] <= 90 and -180 <= message["longitude"] <= 180, f"{message}")

    async def _push(self, writer, state: dict) -> None:
        while not writer.is_closing():
            state["number"] += 1
            if state["number"] % 10 == 0:
                state["beat"] += 1
                self.rows["heartbeat"] += 1
                message = {"type": "heartbeat", "beat": state["beat"]}
            else:
                topic = "news" if state["number"] % 3 == 0 else "prices"
                self.rows[f"PUSH {topic}"] += 1
                message = {"type": "message", "topic": topic, "number": state["number"], "sent": time.time()}
            writer.write(json.dumps(message).encode() + b"\n")
            await asyncio.sleep(0.1)


class TwinServer:
    """All servers, on a thread of their own and on free ports."""

    def __init__(self):
        self.http, self.chat, self.push = HttpTargets(), ChatServer(), PushServer()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    async def _run(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(self.http.application(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        chat = await asyncio.start_server(self.chat.serve, LOOPBACK, 0)
        push = await asyncio.start_server(self.push.serve, LOOPBACK, 0)
        self.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}"
        self.environment = {
            **ENVIRONMENT,
            "CHAT_URL": f"ws://{LOOPBACK}:{chat.sockets[0].getsockname()[1]}/chat",
            "PUSH_ADDRESS": f"{LOOPBACK}:{push.sockets[0].getsockname()[1]}",
        }
        self._ready.set()
        await self._stopped.wait()
        chat.close()
        push.close()
        await runner.cleanup()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(PATIENCE)

    @property
    def rows(self) -> Counter:
        """What came in, named like the twins' rows."""
        return self.http.rows + self.chat.rows + self.push.rows

    @property
    def complaints(self) -> list[str]:
        return self.http.complaints + self.chat.complaints + self.push.complaints
