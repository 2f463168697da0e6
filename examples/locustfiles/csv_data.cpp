#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

// Each row goes to one user of one worker, once.
const CsvFeeder accounts{"accounts.csv", {.deal = Deal::kStop}};

void init(Environment&) { accounts.load(); }  // a wrong file ends the worker here

class AccountUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(20ms, 60ms);

  void log_in() {
    const CsvRow account = accounts.next(environment());
    client().post("/accounts/" + std::string(account["user"]),
                  {.name = "/accounts/[user]",
                   .json = R"({"password": ")" + std::string(account["password"]) + R"("})"});
  }

  static constexpr auto tasks() { return task_list(task<&AccountUser::log_in>()); }
};

CPPWORKER_LOCUSTFILE(AccountUser)
CPPWORKER_INIT(init)
