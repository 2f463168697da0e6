# The man page and the completions for shells: cpp-worker prints them from its table of options.
set(documents "${PROJECT_BINARY_DIR}/documents")

# add_document(<file> <folder to install it in> <option>...): makes the file with `cpp-worker <option>...`
function(add_document file folder)
  add_custom_command(
    OUTPUT "${documents}/${file}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${documents}"
    COMMAND cpp-worker ${ARGN} > "${documents}/${file}"
    DEPENDS cpp-worker cppworker
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY CPPWORKER_DOCUMENTS "${documents}/${file}")
  install(
    FILES "${documents}/${file}"
    DESTINATION "${folder}"
    COMPONENT runtime)
endfunction()

add_document(cpp-worker.1 "${CMAKE_INSTALL_MANDIR}/man1" --print-man-page)
add_document(cpp-worker "${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions"
             --print-completion bash)
add_document(_cpp-worker "${CMAKE_INSTALL_DATAROOTDIR}/zsh/site-functions" --print-completion zsh)
add_document(cpp-worker.fish "${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d"
             --print-completion fish)

get_property(files GLOBAL PROPERTY CPPWORKER_DOCUMENTS)
add_custom_target(cppworker_documents ALL DEPENDS ${files})

# Everything that `cmake --install` copies, for those who do not build the tests.
add_custom_target(cppworker_install_files DEPENDS cpp-worker cppworker_main cppworker_documents
                                                $<TARGET_NAME_IF_EXISTS:cppworker_grpc_dynamic>)
