// The example of Locust's documentation,
// https://docs.locust.io/en/stable/testing-other-systems.html
#include <stdexcept>

#include <cppworker/grpc_user.hpp>
#include <cppworker/locust.hpp>

#include "hello.pb.h"

using namespace cppworker;
using locust::hello::HelloRequest;
using locust::hello::HelloResponse;

class HelloGrpcUser : public GrpcUser {
 public:
  static constexpr std::string_view host = "localhost:50051";

  void say_hello() {
    HelloRequest request;
    request.set_name("Test");
    const auto reply = client().call<HelloResponse>("/locust.hello.HelloService/SayHello", request);
    if (reply.ok() && reply->message() != "Hello, Test!") {
      throw std::runtime_error("unexpected reply: " + reply->message());
    }
  }

  static constexpr auto tasks() { return task_list(task<&HelloGrpcUser::say_hello>()); }
};

CPPWORKER_LOCUSTFILE(HelloGrpcUser)
