"""A server with the methods of gRPC's interoperability tests, without generated code: messages are bytes. Run it as a
process of its own: grpcio's threads do not fit into gevent's.

A request is text: "size=1000&code=5&text=not found&wait=2&sizes=10,20,30&gzip=1". Every word is optional. Prints its port first,
then "ended METHOD CODE" for each call.
"""

from __future__ import annotations

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl

import grpc

SERVICE = "test.TestService"
CODES = {code.value[0]: code for code in grpc.StatusCode}
lock = threading.Lock()


def tell(*words: object) -> None:
    with lock:
        print(*words, flush=True)


def answer_status(context: grpc.ServicerContext, request: dict[str, str]) -> None:
    """Sends back the metadata of custom_metadata, waits, and sets the status that the request asks for."""
    received = dict(context.invocation_metadata())
    if "x-echo-initial" in received:
        context.send_initial_metadata([("x-echo-initial", received["x-echo-initial"])])
    if "x-echo-trailing-bin" in received:
        context.set_trailing_metadata([("x-echo-trailing-bin", received["x-echo-trailing-bin"])])
    if "gzip" in request:
        context.set_compression(grpc.Compression.Gzip)
    time.sleep(float(request.get("wait", "0")))
    if "code" in request:
        context.set_code(CODES[int(request["code"])])
        context.set_details(request.get("text", ""))


def parsed(message: bytes) -> dict[str, str]:
    return dict(parse_qsl(message.split(b"\n", 1)[0].decode()))


def empty_call(message: bytes, context: grpc.ServicerContext) -> bytes:
    return b"" if not message else b"not empty"


def unary_call(message: bytes, context: grpc.ServicerContext) -> bytes:
    request = parsed(message)
    answer_status(context, request)
    if "size" in request:
        return b"x" * int(request["size"])
    return message


def received_size(message: bytes, context: grpc.ServicerContext) -> bytes:
    return str(len(message)).encode()


def streaming_input(messages, context: grpc.ServicerContext) -> bytes:
    return str(sum(len(message) for message in messages)).encode()


def streaming_output(message: bytes, context: grpc.ServicerContext):
    request = parsed(message)
    answer_status(context, request)
    for size in request.get("sizes", "").split(","):
        if size:
            yield b"x" * int(size)


def full_duplex(messages, context: grpc.ServicerContext):
    for message in messages:
        request = parsed(message)
        answer_status(context, request)
        yield b"x" * int(request["size"]) if "size" in request else message
        if "code" in request:
            return


def peer(message: bytes, context: grpc.ServicerContext) -> bytes:
    return context.peer().encode()


def say_hello(message: bytes, context: grpc.ServicerContext) -> bytes:
    """examples/grpc: a protobuf message with one short text, by hand."""
    assert message[:1] == b"\x0a" and message[1] == len(message) - 2
    text = b"Hello, " + message[2:] + b"!"
    return bytes([0x0A, len(text)]) + text


class Counting(grpc.ServerInterceptor):
    """Prints each call when it has ended."""

    def intercept_service(self, continuation, details):
        handler = continuation(details)
        if handler is None:
            tell("ended", details.method, "UNIMPLEMENTED")
            return handler

        def counting(behavior):
            def wrapped(request, context):
                context.add_callback(lambda: tell("ended", details.method, context.code() or "OK"))
                return behavior(request, context)

            return wrapped

        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]
        behavior = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        return make(counting(behavior))


HANDLERS = {
    "EmptyCall": grpc.unary_unary_rpc_method_handler(empty_call),
    "UnaryCall": grpc.unary_unary_rpc_method_handler(unary_call),
    "ReceivedSize": grpc.unary_unary_rpc_method_handler(received_size),
    "Peer": grpc.unary_unary_rpc_method_handler(peer),
    "StreamingInputCall": grpc.stream_unary_rpc_method_handler(streaming_input),
    "StreamingOutputCall": grpc.unary_stream_rpc_method_handler(streaming_output),
    "FullDuplexCall": grpc.stream_stream_rpc_method_handler(full_duplex),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--max-age-ms", type=int, help="closes each connection, with GOAWAY, after this time")
    arguments = parser.parse_args()
    options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 64 << 20)]
    if arguments.max_age_ms:
        options += [("grpc.max_connection_age_ms", arguments.max_age_ms)]
    server = grpc.server(ThreadPoolExecutor(64), interceptors=[Counting()], options=options)
    server.add_generic_rpc_handlers(
        [
            grpc.method_handlers_generic_handler(SERVICE, HANDLERS),
            grpc.method_handlers_generic_handler(
                "locust.hello.HelloService", {"SayHello": grpc.unary_unary_rpc_method_handler(say_hello)}
            ),
        ]
    )
    address = f"127.0.0.1:{arguments.port}"
    if arguments.key:
        pair = (arguments.key.read_bytes(), arguments.certificate.read_bytes())
        port = server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    else:
        port = server.add_insecure_port(address)
    server.start()
    tell(port)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
