#include <cppworker/locustfile.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>

namespace again {

class ShopUser : public cppworker::User {
 public:
  void index() {}
  static constexpr auto tasks() {
    return cppworker::task_list(cppworker::task<&ShopUser::index>());
  }
};

}  // namespace again

CPPWORKER_LOCUSTFILE(again::ShopUser)
