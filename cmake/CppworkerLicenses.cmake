# Installs the licenses of the bundled libraries, and a list of the packages that they come from.
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
set(licenses "${root}/share/doc/cpp-worker/licenses")
file(GLOB libraries "${root}/lib*/cpp-worker/*.so*" "${root}/lib/*/cpp-worker/*.so*")
if(NOT libraries)
  message(FATAL_ERROR "There are no bundled libraries in ${root}")
endif()
set(packages "")
foreach(library IN LISTS libraries)
  if(IS_SYMLINK "${library}")
    continue()
  endif()
  get_filename_component(name "${library}" NAME)
  execute_process(
    COMMAND dpkg-query --search "*/${name}"
    OUTPUT_VARIABLE found
    RESULT_VARIABLE code)
  if(NOT code EQUAL 0 OR NOT found MATCHES "^([a-z0-9.+-]+)")
    message(FATAL_ERROR "No Debian package has ${name}. Its license must be in the tarball, so make "
                        "the tarball on Debian or Ubuntu, with the libraries of their packages.")
  endif()
  list(APPEND packages "${CMAKE_MATCH_1}")
endforeach()
list(REMOVE_DUPLICATES packages)
list(SORT packages)
file(MAKE_DIRECTORY "${licenses}")
foreach(package IN LISTS packages)
  file(COPY_FILE "/usr/share/doc/${package}/copyright" "${licenses}/${package}")
endforeach()
file(COPY /usr/share/common-licenses DESTINATION "${licenses}")
execute_process(
  COMMAND dpkg-query --show --showformat "\${Package} \${Version} (source: \${source:Package} \${source:Version})\\n"
          ${packages}
  OUTPUT_VARIABLE list COMMAND_ERROR_IS_FATAL ANY)
file(WRITE "${licenses}/README"
     "The libraries in lib/cpp-worker are unchanged copies from these packages. Their licenses are in this\n"
     "folder, and the licenses' full texts in common-licenses. `apt-get source` gets the sources of a\n"
     "package, and https://snapshot.debian.org has them, too.\n\n${list}")
