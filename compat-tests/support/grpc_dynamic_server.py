"""The service of protos/shop/shop.proto, with grpcio and Python's protobuf. Prints its port.

usage: grpc_dynamic_server.py PROTOSET [--no-reflection]
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import any_pb2, duration_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2  # noqa: F401
from grpc_reflection.v1alpha import reflection

SERVICE = "shop.Shop"


def main() -> None:
    pool = descriptor_pool.Default()
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(sys.argv[1]).read_bytes())
    for file in files.file:
        if not file.name.startswith("google/protobuf/"):
            pool.Add(file)

    def message_class(name: str):
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"shop.{name}"))

    everything, description, money, repetition = map(message_class, ("Everything", "Description", "Money", "Repetition"))

    def total(messages, context):
        return money(units=sum(message.units for message in messages))

    def repeat(message, context):
        for _ in range(message.times):
            yield message.money

    def chat(messages, context):
        yield from messages

    def describe(message, context):
        return description(json=json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None))

    def read(kind):
        return dict(request_deserializer=kind.FromString, response_serializer=lambda message: message.SerializeToString())

    handlers = {
        "Echo": grpc.unary_unary_rpc_method_handler(lambda message, context: message, **read(everything)),
        "Describe": grpc.unary_unary_rpc_method_handler(describe, **read(everything)),
        "Sum": grpc.stream_unary_rpc_method_handler(total, **read(money)),
        "Repeat": grpc.unary_stream_rpc_method_handler(repeat, **read(repetition)),
        "Chat": grpc.stream_stream_rpc_method_handler(chat, **read(money)),
    }
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    if "--no-reflection" not in sys.argv:
        reflection.enable_server_reflection([SERVICE, reflection.SERVICE_NAME], server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
