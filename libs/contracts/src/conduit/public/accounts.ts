import { route } from '../../route.js'
import { LoginUserRequest, NewUserRequest, UpdateUserRequest } from './inputs.js'
import { UserResponse } from './shapes.js'

export const createUser = route({
  id: 'CreateUser',
  summary: 'Register',
  tag: 'User and Authentication',
  method: 'post',
  path: '/api/users',
  body: NewUserRequest,
  status: 201,
  reply: UserResponse,
  auth: 'none',
  cache: 'never',
  timing: 'total',
  errors: ['CONFLICT'],
  budgetMs: 500,
})

export const logIn = route({
  id: 'Login',
  summary: 'Log in',
  tag: 'User and Authentication',
  method: 'post',
  path: '/api/users/login',
  body: LoginUserRequest,
  status: 200,
  reply: UserResponse,
  auth: 'none',
  cache: 'never',
  timing: 'total',
  errors: ['UNAUTHENTICATED'],
  budgetMs: 500,
})

export const getCurrentUser = route({
  id: 'GetCurrentUser',
  summary: 'The account behind the token',
  tag: 'User and Authentication',
  method: 'get',
  path: '/api/user',
  status: 200,
  reply: UserResponse,
  auth: 'required',
  cache: 'never',
  errors: [],
  budgetMs: 25,
})

export const updateCurrentUser = route({
  id: 'UpdateCurrentUser',
  summary: 'Change the account behind the token',
  tag: 'User and Authentication',
  method: 'put',
  path: '/api/user',
  body: UpdateUserRequest,
  status: 200,
  reply: UserResponse,
  auth: 'required',
  cache: 'never',
  errors: ['CONFLICT'],
  budgetMs: 500,
})
