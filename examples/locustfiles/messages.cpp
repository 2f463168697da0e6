#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// The master has sent a list of accounts: replies with their number.
void setup_accounts(Environment& environment, const Message& message) {
  const Value::List* accounts = message.data.as_list();
  const std::size_t count = accounts == nullptr ? 0 : accounts->size();
  environment.runner.send_message("acknowledge_accounts",
                                  "Thanks for the " + std::to_string(count) + " accounts!");
}

void init(Environment& environment) {
  environment.runner.register_message("accounts", setup_accounts);
}

class QuietUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&QuietUser::nothing>()); }
};

CPPWORKER_LOCUSTFILE(QuietUser)
CPPWORKER_INIT(init)
