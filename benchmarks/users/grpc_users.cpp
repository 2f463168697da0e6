// The users of the table `grpc`. The message is written by hand, as in the bare client: protobuf is
// not measured.
#include <string>

#include <cppworker/grpc_user.hpp>
#include <cppworker/locust.hpp>

using namespace cppworker;

struct Hello {
  std::string bytes;
  bool AppendToString(std::string* out) const {
    out->append(bytes);
    return true;
  }
  bool ParseFromArray(const void* data, int size) {
    bytes.assign(static_cast<const char*>(data), static_cast<std::size_t>(size));
    return true;
  }
};

struct BusyGrpc : GrpcUser {
  const Hello request{"\n\4Test"};

  void say_hello() { client().call<Hello>("/locust.hello.HelloService/SayHello", request); }
  static constexpr auto tasks() { return task_list(task<&BusyGrpc::say_hello>()); }
};

struct IdleGrpc : BusyGrpc {
  static constexpr WaitTime wait_time = constant(Seconds{3600});

  static constexpr auto tasks() { return task_list(task<&IdleGrpc::say_hello>()); }
};

CPPWORKER_LOCUSTFILE(BusyGrpc, IdleGrpc)
