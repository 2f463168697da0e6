#include <cppworker/run.hpp>

// `cpp-worker` has no definitions of these. In an author's executable, the locustfile defines them.
extern "C" {
__attribute__((weak)) extern const cppworker::detail::AbiRecord cppworker_locustfile_abi;
__attribute__((weak)) extern const cppworker::detail::LocustfileRecord cppworker_locustfile_record;
__attribute__((
    weak)) extern const cppworker::detail::ArgumentsRecord cppworker_locustfile_arguments;
__attribute__((weak)) extern const cppworker::detail::ShapeRecord cppworker_locustfile_shape;
__attribute__((weak)) extern const cppworker::detail::FailIfRecord cppworker_locustfile_fail_if;
__attribute__((weak)) void cppworker_locustfile_init(cppworker::Environment& environment);
}

int main(int argc, char** argv) {
  return cppworker::run(argc, argv,
                        {.abi = &cppworker_locustfile_abi,
                         .record = &cppworker_locustfile_record,
                         .init = &cppworker_locustfile_init,
                         .arguments = &cppworker_locustfile_arguments,
                         .shape = &cppworker_locustfile_shape,
                         .fail_if = &cppworker_locustfile_fail_if});
}
