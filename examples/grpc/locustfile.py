# ruff: noqa
import time

import grpc
import grpc.experimental.gevent as grpc_gevent
from grpc_interceptor import ClientInterceptor
from locust import User, task

import hello_pb2
import hello_pb2_grpc

grpc_gevent.init_gevent()


class LocustInterceptor(ClientInterceptor):
    def __init__(self, environment):
        self.env = environment

    def intercept(self, method, request_or_iterator, call_details):
        response = None
        exception = None
        start_perf_counter = time.perf_counter()
        response_length = 0
        try:
            response = method(request_or_iterator, call_details)
            response_length = response.result().ByteSize()
        except grpc.RpcError as e:
            exception = e
        self.env.events.request.fire(
            request_type="grpc",
            name=call_details.method,
            response_time=(time.perf_counter() - start_perf_counter) * 1000,
            response_length=response_length,
            response=response,
            context=None,
            exception=exception,
        )
        return response


class HelloGrpcUser(User):
    host = "localhost:50051"

    def __init__(self, environment):
        super().__init__(environment)
        channel = grpc.intercept_channel(grpc.insecure_channel(self.host), LocustInterceptor(environment))
        self.stub = hello_pb2_grpc.HelloServiceStub(channel)

    @task
    def say_hello(self):
        response = self.stub.SayHello(hello_pb2.HelloRequest(name="Test"))
        if response.message != "Hello, Test!":
            raise Exception(f"unexpected reply: {response.message}")
