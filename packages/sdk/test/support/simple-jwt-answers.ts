/** What Django SimpleJWT 5.2.2 answered, by test/interop/django/dated_answers.py: a sign-in, and a refresh after 13 and 26 min. */
export interface DatedAnswer {
  /** When, by the server's clock. */
  at: string
  answer: { access: string; refresh?: string }
}

export const SIMPLE_JWT_ANSWERS: Record<'rotating' | 'keeping', readonly DatedAnswer[]> = {
  rotating: [
    {
      at: '2027-01-15T08:00:00.900000+00:00',
      answer: {
        refresh:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTgwMDA0MzIwMCwiaWF0IjoxODAwMDAwMDAwLCJqdGkiOiJlZGI0N2Y0MWRhMmE0OTdhYjM5OWJlNzljNDgyNmI2ZSIsInVzZXJfaWQiOjF9.KuX_IoxuF3R2H9aTK0hMpxyJtNvPhyBQUFALJ2xyrh0',
        access:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAwOTAwLCJpYXQiOjE4MDAwMDAwMDAsImp0aSI6IjljMmQxNzhmODMzMjRiM2NhNDg0N2E4Y2MzYzJhNmQxIiwidXNlcl9pZCI6MX0.d61d4wuJc8Xvd0LgMGDTXl_ISPwFXO_xeksRkvtW0pA',
      },
    },
    {
      at: '2027-01-15T08:13:00.900000+00:00',
      answer: {
        access:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAxNjgwLCJpYXQiOjE4MDAwMDAwMDAsImp0aSI6ImE5ZTFjYTk1NzI1OTQzYTM4Yjk3MmM0OWE1YmMxOGI3IiwidXNlcl9pZCI6MX0.qLaej03XLh-7LJsuI5ilA192mlfbaIvqCaeOrjvmIYg',
        refresh:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTgwMDA0Mzk4MCwiaWF0IjoxODAwMDAwNzgwLCJqdGkiOiI0ODc3YjkwMTJlMjQ0YzAyYjJlYTczYzc3NDM4NzA4ZiIsInVzZXJfaWQiOjF9.9GLC5U8IP6BCVyWYGxrQmGPW7FWd9-RE234wedatjRI',
      },
    },
    {
      at: '2027-01-15T08:26:00.900000+00:00',
      answer: {
        access:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAyNDYwLCJpYXQiOjE4MDAwMDA3ODAsImp0aSI6IjdhY2M0ZmRiZDIzNjRkZTc5MmMyNGU1MTg5ZDI4OTkzIiwidXNlcl9pZCI6MX0.bhOxZFf7uIZtyO9EdB5W5-AskthTxuVHJRFlqbyIEtA',
        refresh:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTgwMDA0NDc2MCwiaWF0IjoxODAwMDAxNTYwLCJqdGkiOiJkY2QzZDY2MTYyYTU0NGU4ODJlNmVhMGZhZGQyZjBjYiIsInVzZXJfaWQiOjF9.80-gVgKNvxyPTpTJsrb_M-kyeaTVah2oBOcVImC2Wtc',
      },
    },
  ],
  keeping: [
    {
      at: '2027-01-15T08:00:00.900000+00:00',
      answer: {
        refresh:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTgwMDA0MzIwMCwiaWF0IjoxODAwMDAwMDAwLCJqdGkiOiIwZGU1MGJlNDk5OGY0YTkwYjViOTc4YThkMjY2YzNmZiIsInVzZXJfaWQiOjF9.gFQmqRiPbfW1ipi8ogn7Souip2tgcnn2JQ5liL1i2cY',
        access:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAwOTAwLCJpYXQiOjE4MDAwMDAwMDAsImp0aSI6IjgzZDk2ZTI0NWQyYjRiYzVhY2UxMmVjYTc3YTRmZGRiIiwidXNlcl9pZCI6MX0.SJI6KAWx8M-6YjAtoIFHJDMKMWP-RQtByiNOQkS4sD4',
      },
    },
    {
      at: '2027-01-15T08:13:00.900000+00:00',
      answer: {
        access:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAxNjgwLCJpYXQiOjE4MDAwMDAwMDAsImp0aSI6ImQwMzJiNTMzNGNmMzQ0ODFiNTI1ZDk4YjZiNWJlMjA1IiwidXNlcl9pZCI6MX0.rwQ1cjx7TIlm8u2dCyIoLd83cKooj8MFY5Wo90UhLeI',
      },
    },
    {
      at: '2027-01-15T08:26:00.900000+00:00',
      answer: {
        access:
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAyNDYwLCJpYXQiOjE4MDAwMDAwMDAsImp0aSI6IjM4NzIxOTE4MDQ5NjQ4ZmQ4ODYyOGNhNWYxM2E4YzcwIiwidXNlcl9pZCI6MX0.zRF7ScLlnsnjCn2ZR_8VsYQio4cFt6u04gcfvzhzxY4',
      },
    },
  ],
}
