#include "loader/print.hpp"

#include <array>
#include <chrono>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/version.hpp>

namespace cppworker::loader {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

std::string stub(const std::vector<detail::UserClass>& classes) {
  std::vector<const detail::UserClass*> pointers;
  pointers.reserve(classes.size());
  for (const auto& user_class : classes) pointers.push_back(&user_class);
  return python_stub(pointers);
}

TEST(ListText, IsWhatLocustPrints) {
  const detail::UserClass shop{.name = "ShopUser"};
  const detail::UserClass admin{.name = "AdminUser"};
  const std::vector<const detail::UserClass*> classes{&shop, &admin};
  EXPECT_EQ(list_text(classes), "Available Users:\n    ShopUser\n    AdminUser\n");
}

TEST(PythonStub, HasWhatAMasterNeeds) {
  const std::array<detail::TaskRow, 2> shop_tasks{{{"index", 1, nullptr}, {"search", 3, nullptr}}};
  const std::array<detail::TaskRow, 1> echo_tasks{{{"ping", 1, nullptr}}};
  EXPECT_EQ(
      stub({{.name = "ShopUser",
             .weight = 3,
             .host = "https://shop.example",
             .wait_time = between(500ms, 5s),
             .tasks = shop_tasks,
             .base = "HttpUser"},
            {.name = "EchoUser",
             .weight = 0.5,
             .fixed_count = 2,
             .wait_time = constant(2s),
             .tasks = echo_tasks}}),
      R"("""The master's side of a C++ locustfile, made by `cpp-worker --print-locustfile` ()" CPPWORKER_VERSION
      R"().

Start the master with it: locust --master -f <this file>. The users themselves run in cpp-worker;
the master takes from here their classes, weights, fixed counts and hosts. Make it again when
classes or weights change in the C++ file.
"""

import time

from locust import HttpUser, User, between, constant, task


def runs_in_cpp_worker():
    time.sleep(1)
    raise NotImplementedError("this task runs in cpp-worker, not in Python")


class ShopUser(HttpUser):
    weight = 3
    host = "https://shop.example"
    wait_time = between(0.5, 5)

    @task
    def index(self):
        runs_in_cpp_worker()

    @task(3)
    def search(self):
        runs_in_cpp_worker()


class EchoUser(User):
    weight = 0.5
    fixed_count = 2
    wait_time = constant(2)

    @task
    def ping(self):
        runs_in_cpp_worker()
)");
}

TEST(PythonStub, RenamesTasksThatWouldBreakTheFile) {
  const std::array<detail::TaskRow, 3> tasks{
      {{"import", 1, nullptr}, {"weight", 1, nullptr}, {"task", 1, nullptr}}};
  const auto text = stub({{.name = "A", .tasks = tasks}});
  EXPECT_THAT(text, HasSubstr("def import_(self):"));
  EXPECT_THAT(text, HasSubstr("def weight_(self):"));
  EXPECT_THAT(text, HasSubstr("def task_(self):"));
}

TEST(PythonStub, AddsUpAMethodThatIsListedTwice) {
  const std::array<detail::TaskRow, 2> tasks{{{"index", 2, nullptr}, {"index", 3, nullptr}}};
  EXPECT_THAT(stub({{.name = "A", .tasks = tasks}}),
              HasSubstr("    @task(5)\n    def index(self):"));
}

TEST(PythonStub, QuotesTheHost) {
  const std::array<detail::TaskRow, 1> tasks{{{"index", 1, nullptr}}};
  EXPECT_THAT(stub({{.name = "A", .host = "http://a\"\\\n", .tasks = tasks}}),
              HasSubstr(R"(    host = "http://a\"\\\x0a")"));
}

TEST(PythonStub, KeepsApartAClassThatIsNamedLikeLocusts) {
  const std::array<detail::TaskRow, 1> tasks{{{"index", 1, nullptr}}};
  const auto text = stub({{.name = "User", .tasks = tasks}, {.name = "B", .tasks = tasks}});
  EXPECT_THAT(text, HasSubstr("from locust import User as locust_User, task\n"));
  EXPECT_THAT(text, HasSubstr("class User(locust_User):"));
  EXPECT_THAT(text, HasSubstr("class B(locust_User):"));
}

}  // namespace
}  // namespace cppworker::loader
