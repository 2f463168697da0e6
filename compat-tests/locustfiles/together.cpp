// The twin of together.py: users with several requests at a time.
#include <functional>
#include <string>
#include <vector>

#include <cppworker/locust.hpp>

using namespace cppworker;

template <class Function>
void together(int count, const Function& function) {
  std::vector<std::function<void()>> calls;
  for (int i = 0; i < count; ++i) {
    calls.emplace_back([&function, i] { function(i); });
  }
  gather(calls);
}

void rounds(HttpSession& client, const std::string& per_round) {
  for (int round = 0; round < 2; ++round) {
    together(12, [&](int i) {
      client.get("/hold/" + per_round + "/" + std::to_string(i), {.name = "/hold"});
    });
  }
  client.get("/cookies");
  throw StopUser{};
}

class ManyUser : public HttpUser {
 public:
  void many() { rounds(client(), "12"); }
  static constexpr auto tasks() { return task_list(task<&ManyUser::many>()); }
};

class FewUser : public FastHttpUser {
 public:
  static constexpr int concurrency = 3;
  void few() { rounds(client(), "3"); }
  static constexpr auto tasks() { return task_list(task<&FewUser::few>()); }
};

class HeldUser : public HttpUser {
 public:
  void held() {
    spawn([this] { client().get("/never"); });
    together(3, [&](int) { client().get("/never"); });
  }
  void on_stop() override { log_stop(); }
  void log_stop() {
    environment().events.request.fire({.request_type = "LAST", .name = "on_stop"});
  }
  static constexpr auto tasks() { return task_list(task<&HeldUser::held>()); }
};

CPPWORKER_LOCUSTFILE(ManyUser, FewUser, HeldUser)
