#include "http/failure_text.hpp"

#include <cerrno>

#include <gtest/gtest.h>
#include <netdb.h>

#include "http/latin1.hpp"

namespace cppworker::http {
namespace {

TEST(FailureText, ShowsErrnosAsPythonsOwnExceptions) {
  EXPECT_EQ(os_error_text(ECONNREFUSED), "ConnectionRefusedError(111, 'Connection refused')");
  EXPECT_EQ(os_error_text(ECONNRESET), "ConnectionResetError(104, 'Connection reset by peer')");
  EXPECT_EQ(os_error_text(EPIPE), "BrokenPipeError(32, 'Broken pipe')");
  EXPECT_EQ(os_error_text(ETIMEDOUT), "TimeoutError(110, 'Connection timed out')");
  EXPECT_EQ(os_error_text(EACCES), "PermissionError(13, 'Permission denied')");
  EXPECT_EQ(os_error_text(EHOSTUNREACH), "OSError(113, 'No route to host')");
  EXPECT_EQ(os_error_text(EMFILE), "OSError(24, 'Too many open files')");
  EXPECT_EQ(os_error_text(EADDRNOTAVAIL), "OSError(99, 'Cannot assign requested address')");
}

TEST(FailureText, ShowsFailedLookups) {
  EXPECT_EQ(name_error_text(EAI_NONAME), "gaierror(-2, 'Name or service not known')");
  EXPECT_EQ(name_error_text(EAI_AGAIN), "gaierror(-3, 'Temporary failure in name resolution')");
}

TEST(FailureText, CallsOnlyStatusesFrom400To599Errors) {
  EXPECT_EQ(http_error_text(404, "Not Found", "/x"),
            "HTTPError('404 Client Error: Not Found for url: /x')");
  EXPECT_EQ(http_error_text(599, "", "/x"), "HTTPError('599 Server Error:  for url: /x')");
  EXPECT_EQ(http_error_text(404, "It's", "/x"),
            "HTTPError(\"404 Client Error: It's for url: /x\")");
  EXPECT_EQ(http_error_text(404, latin1_to_utf8("Gel\xf6scht"), "/x"),
            "HTTPError('404 Client Error: Gelöscht for url: /x')");
  EXPECT_EQ(http_error_text(399, "", "/x"), std::nullopt);
  EXPECT_EQ(http_error_text(600, "Six", "/x"), std::nullopt);
}

TEST(FailureText, PrintsSecondsAsPythonDoes) {
  EXPECT_EQ(seconds_text(0.25), "0.25");
  EXPECT_EQ(seconds_text(1), "1");
  EXPECT_EQ(seconds_text(0.1), "0.1");
}

TEST(FailureText, RepairsMessagesThatAreNoUtf8) {
  EXPECT_EQ(exception_text("CatchResponseError", "bad \xff byte"),
            "CatchResponseError('bad \xef\xbf\xbd byte')");
}

}  // namespace
}  // namespace cppworker::http
