// cpp-worker: -lcppworker_grpc_dynamic
#include <stdexcept>
#include <string>

#include <cppworker/grpc_dynamic.hpp>
#include <cppworker/grpc_user.hpp>
#include <cppworker/locust.hpp>

using namespace cppworker;

class HelloGrpcUser : public GrpcUser {
 public:
  void on_start() override { api_ = GrpcDynamic::reflect(client()); }

  void say_hello() {
    const auto reply =
        client().call(api_["locust.hello.HelloService/SayHello"], {{"name", "Test"}});
    if (reply.ok() && (*reply)["message"].get<std::string>() != "Hello, Test!") {
      throw std::runtime_error("unexpected reply");
    }
  }

  static constexpr auto tasks() { return task_list(task<&HelloGrpcUser::say_hello>()); }

 private:
  GrpcDynamic api_;
};

CPPWORKER_LOCUSTFILE(HelloGrpcUser)
