#include <memory>
#include <string>

#include <cppworker/locust.hpp>

#include "redis_client.hpp"

using namespace cppworker;
using namespace std::chrono_literals;

/// Reads and writes its own keys in a Redis server, over its own connection. The host is the
/// server's address: `-H 127.0.0.1:6379`.
class RedisUser : public User {
 public:
  static constexpr WaitTime wait_time = between(10ms, 50ms);

  void on_start() override {
    const std::string host(base_host());
    const auto colon = host.rfind(':');
    redis_ =
        std::make_unique<RedisClient>(host.substr(0, colon), std::stoi(host.substr(colon + 1)));
    key_ = "user:" + redis_->command({"INCR", "users"});
  }

  void set() {
    timed("SET", [this] { return redis_->command({"SET", key_, "a value"}); });
  }
  void get() {
    timed("GET", [this] { return redis_->command({"GET", key_}); });
  }
  void wrong() {  // a failure in the statistics, with the server's message
    timed("LPUSH", [this] { return redis_->command({"LPUSH", "users", "1"}); });
  }

  static constexpr auto tasks() {
    return task_list(task<&RedisUser::set>({.weight = 3}), task<&RedisUser::get>({.weight = 6}),
                     task<&RedisUser::wrong>());
  }

 private:
  /// Reports the command as a request; an exception becomes its failure.
  template <class Command>
  void timed(const char* name, Command command) {
    environment().events.request.measure("REDIS", name, [&](RequestMeta& request) {
      request.response_length = static_cast<std::int64_t>(command().size());
    });
  }

  std::unique_ptr<RedisClient> redis_;
  std::string key_;
};

CPPWORKER_LOCUSTFILE(RedisUser)
