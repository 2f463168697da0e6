#pragma once

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include <cppworker/waiting.hpp>

/// A libpq connection that suspends the user where it waits and does not block the thread. It uses
/// libpq's asynchronous interface, with wait_readable() and wait_writable() instead of poll().
class AsyncConnection {
 public:
  /// @param info must have an address (`hostaddr`) or a socket's folder: libpq looks a name up with
  /// a
  ///   call that blocks.
  explicit AsyncConnection(const std::string& info)
      : connection_(PQconnectStart(info.c_str()), PQfinish) {
    for (PostgresPollingStatusType status = PGRES_POLLING_WRITING; status != PGRES_POLLING_OK;
         status = PQconnectPoll(connection_.get())) {
      if (status == PGRES_POLLING_FAILED || PQstatus(connection_.get()) == CONNECTION_BAD) {
        fail();
      }
      wait(status == PGRES_POLLING_READING);
    }
    PQsetnonblocking(connection_.get(), 1);
  }

  /// Runs one statement; throws std::runtime_error with the server's message.
  void execute(const std::string& sql, std::initializer_list<std::string> parameters) {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) {
      values.push_back(parameter.c_str());
    }
    if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) != 1) {
      fail();
    }
    for (int unsent = PQflush(connection_.get()); unsent != 0;
         unsent = PQflush(connection_.get())) {
      if (unsent < 0) {
        fail();
      }
      wait(false);
    }
    // Ends with a null result: the connection then accepts the next statement.
    bool failed = false;
    while (const std::unique_ptr<PGresult, decltype(&PQclear)> result{next_result(), PQclear}) {
      failed = failed || PQresultStatus(result.get()) == PGRES_FATAL_ERROR;
    }
    if (failed) {
      fail();
    }
  }

 private:
  static constexpr cppworker::Seconds kTimeout{10};

  PGresult* next_result() {
    while (PQisBusy(connection_.get()) == 1) {
      wait(true);
      if (PQconsumeInput(connection_.get()) != 1) {
        fail();
      }
    }
    return PQgetResult(connection_.get());
  }

  void wait(bool readable) const {
    const int fd = PQsocket(connection_.get());
    if (!(readable ? cppworker::wait_readable(fd, kTimeout)
                   : cppworker::wait_writable(fd, kTimeout))) {
      throw std::runtime_error("the database does not answer");
    }
  }

  [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};
