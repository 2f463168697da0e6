// cpp-worker: -lcppworker_grpc_dynamic
// Calls of support/protos/shop/shop.proto without generated classes.
#include <string>

#include <cppworker/grpc_dynamic.hpp>
#include <cppworker/grpc_user.hpp>
#include <cppworker/json.hpp>
#include <cppworker/locust.hpp>
#include <cppworker/logging.hpp>

using namespace cppworker;

class ShopUser : public GrpcUser {
 public:
  void on_start() override {
    const std::string source(env("SOURCE", "reflection"));
    if (source == "reflection") {
      api_ = GrpcDynamic::reflect(client());
    } else if (source.ends_with(".proto")) {
      api_ = GrpcDynamic::proto(source, {std::string(env("FOLDER", "."))});
    } else {
      api_ = GrpcDynamic::protoset(source);
    }
  }

  /// The server sends back what it has received.
  void echo() {
    const Value request = parse_json(env("REQUEST", "{}"));
    const GrpcReply<Value> reply = client().call(api_["shop.Shop/Echo"], request);
    if (reply.ok()) log_info("echoed " + shown(*reply));
  }
  /// Python's JSON of what the server has received.
  void describe() {
    const Value request = parse_json(env("REQUEST", "{}"));
    const GrpcReply<Value> reply = client().call(api_["shop.Shop/Describe"], request);
    if (reply.ok()) log_info("described " + (*reply)["json"].get<std::string>());
  }
  void streams() {
    auto sum = client().stream(api_["shop.Shop/Sum"]);
    for (const int units : {1, 2, 3}) sum.write({{"units", units}});
    sum.writes_done();
    const auto total = sum.read();
    require(sum.finish().ok() && total && (*total)["units"].get<int>() == 6, "wrong total");

    auto repeated = client().stream(api_["shop.Shop/Repeat"], {.row_per_message = true});
    repeated.write({{"money", {{"currency", "EUR"}}}, {"times", 3}});
    int count = 0;
    while (const auto money = repeated.read()) {
      if ((*money)["currency"].get<std::string>() == "EUR") ++count;
    }
    require(repeated.finish().ok() && count == 3, "wrong count");
  }
  void judged() {
    client().call(api_["shop.Shop/Echo"], {{"text", "x"}}, {.name = "judged"}, [](auto& reply) {
      if ((*reply)["text"].template get<std::string>() == "x") reply.failure("got x");
    });
  }
  void list_methods() {
    for (const std::string& method : api_.methods()) log_info("method " + method);
  }

  static constexpr auto tasks() {
    return task_list(task<&ShopUser::echo>({.tags = {"echo"}}),
                     task<&ShopUser::describe>({.tags = {"describe"}}),
                     task<&ShopUser::streams>({.tags = {"streams"}}),
                     task<&ShopUser::judged>({.tags = {"judged"}}),
                     task<&ShopUser::list_methods>({.tags = {"list_methods"}}));
  }

 private:
  /// JSON has no bytes: they are shown as text.
  static std::string shown(Value reply) {
    reply["bytes_field"] = reply["bytes_field"].get<Value::Bytes>().data;
    reply["inner"]["bytes_field"] = reply["inner"]["bytes_field"].get<Value::Bytes>().data;
    return to_json(reply);
  }

  GrpcDynamic api_;
};

CPPWORKER_LOCUSTFILE(ShopUser)
