#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class BuyingUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(30ms);

  // Its tasks run in the order of the table, again and again.
  struct Purchase : SequentialTaskSet<BuyingUser> {
    void look() { client().get("/shelf"); }
    void add() { client().post("/cart"); }
    void pay() { client().post("/pay"); }

    static constexpr auto tasks() {
      return task_list(task<&Purchase::look>({.weight = 2}), task<&Purchase::add>(),
                       task<&Purchase::pay>());
    }
  };

  static constexpr auto tasks() { return task_list(task<Purchase>()); }
};

CPPWORKER_LOCUSTFILE(BuyingUser)
