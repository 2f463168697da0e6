#include <chrono>

#include <cppworker/locustfile.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>

using namespace std::chrono_literals;

class ShopUser : public cppworker::User {
 public:
  static constexpr int weight = 3;
  static constexpr cppworker::WaitTime wait_time = cppworker::between(1s, 5s);
  void index() {}
  void buy() {}
  static constexpr auto tasks() {
    return cppworker::task_list(cppworker::task<&ShopUser::index>({.weight = 2}),
                                cppworker::task<&ShopUser::buy>());
  }
};

class AdminUser : public cppworker::User {
 public:
  void orders() {}
  static constexpr auto tasks() {
    return cppworker::task_list(cppworker::task<&AdminUser::orders>());
  }
};

CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)
