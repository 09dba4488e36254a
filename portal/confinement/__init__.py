"""Opens what strangers send in a child process that can run out of memory or time alone.

A photo, a PDF or a workbook is read by native decoders. The parent starts ``python -m`` of a worker
module, gives it the bytes on its standard input, and reads frames from its standard output; the child
first binds itself with limits (`child.serve`), then decodes. It gets no environment, so no secret.
"""
