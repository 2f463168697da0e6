#include <memory>
#include <stdexcept>
#include <string>

#include <libpq-fe.h>

#include <cppworker/locust.hpp>

#include "async_connection.hpp"

using namespace cppworker;
using namespace std::chrono_literals;

constexpr const char* kInsert = "INSERT INTO visits (kind) VALUES ($1)";

/// Uses libpq's ordinary calls. Each call blocks, so it runs on a thread of the pool. This is
/// simple and sufficient for at most as many users at a time as there are threads
/// (--blocking-threads).
class BlockingUser : public User {
 public:
  static constexpr WaitTime wait_time = between(10ms, 50ms);

  void on_start() override {
    run_blocking([this] { connection_.reset(PQconnectdb(std::string(base_host()).c_str())); });
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
  }

  void insert() {
    environment().events.request.measure("BLOCKING", "insert", [this](RequestMeta&) {
      run_blocking([this] {
        const char* value = "blocking";
        const std::unique_ptr<PGresult, decltype(&PQclear)> result{
            PQexecParams(connection_.get(), kInsert, 1, nullptr, &value, nullptr, nullptr, 0),
            PQclear};
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
          throw std::runtime_error(PQerrorMessage(connection_.get()));
        }
      });
    });
  }

  static constexpr auto tasks() { return task_list(task<&BlockingUser::insert>()); }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, PQfinish};
};

/// The same with libpq's asynchronous interface: no threads, thousands of users.
class AsyncUser : public User {
 public:
  static constexpr WaitTime wait_time = between(10ms, 50ms);

  void on_start() override {
    connection_ = std::make_unique<AsyncConnection>(std::string(base_host()));
  }

  void insert() {
    environment().events.request.measure(
        "ASYNC", "insert", [this](RequestMeta&) { connection_->execute(kInsert, {"async"}); });
  }
  void mistake() {  // a failure in the statistics, with the server's message
    environment().events.request.measure(
        "ASYNC", "mistake", [this](RequestMeta&) { connection_->execute("SELECT 1 / 0", {}); });
  }

  static constexpr auto tasks() {
    return task_list(task<&AsyncUser::insert>({.weight = 5}), task<&AsyncUser::mistake>());
  }

 private:
  std::unique_ptr<AsyncConnection> connection_;
};

CPPWORKER_LOCUSTFILE(BlockingUser, AsyncUser)
