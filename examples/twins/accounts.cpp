// A customer portal. Each user has its own account from a CSV file, logs in again after a 401.
#include <cppworker/locust.hpp>

using namespace cppworker;

const CsvFeeder accounts{"accounts.csv"};

struct AccountUser : HttpUser {
  static constexpr WaitTime wait_time = between(50ms, 150ms);

  void log_in() {
    const Pairs credentials{{"email", account["email"]}, {"password", account["password"]}};
    const auto check = [&](CatchResponse& response) {
      if (response.status_code != 403) return;
      response.failure("account " + std::string(account["email"]) + " is locked");
      throw StopUser{};
    };
    const Response response = client().post("/portal/login", {.form = credentials}, check);
    client().headers["X-Session"] = response.json()["session"].str();
  }

  /// Returns the response. If the session has ended, logs in and leaves the task.
  Response request(std::string_view method, std::string_view path, const RequestOptions& options) {
    if (!client().headers.contains("X-Session")) log_in();
    return client().request(method, path, options, [&](CatchResponse& response) {
      if (response.status_code != 401) return;
      response.success();
      log_in();
      throw RescheduleTask{};
    });
  }

  void balance() {
    const Response response = request("GET", "/portal/balance", {});
    require(response.json()["currency"] == account["currency"], "the balance of another account");
  }

  void transfers() {
    for (int page = 0; page < std::stoi(std::string(account["pages"])); ++page) {
      request("GET", "/portal/transfers",
              {.name = "/portal/transfers?page=[page]", .params = {{"page", page}}});
    }
  }

  void notices() { request("GET", "/portal/notices", {}); }

  void statement() {
    const std::string month = std::to_string(100 + randint(1, 12)).substr(1);
    request("GET", "/portal/statements/2024-" + month + ".pdf",
            {.name = "/portal/statements/[month].pdf"});
  }

  void transfer() {
    const Value transfer{{"to", account["friend"]}, {"amount", "10.00"}};
    const Response response =
        request("POST", "/portal/transfers", {.name = "/portal/transfers", .json = transfer});
    require(response.json().get("to", "") == account["friend"], "wrong receipt");
  }

  static constexpr auto tasks() {
    using Self = AccountUser;
    return task_list(task<&Self::balance>({.weight = 3}), task<&Self::transfers>({.weight = 2}),
                     task<&Self::notices>(), task<&Self::statement>(), task<&Self::transfer>());
  }

  CsvRow account = accounts.next(environment());
};

CPPWORKER_LOCUSTFILE(AccountUser)
